"""Tell people: a message by each channel that the setting PAR_ALERTS names, e-mail, web hook or messenger.

In: a title and a text. Out: a message delivered, or not. Not here: what is told, and when (`defs/alerts.py`).
The channels are URLs of the library apprise, blanks between them; they hold passwords, so they come from the
environment alone and only their digest is ever written down.
"""

from __future__ import annotations

import hashlib
import os

import apprise

from orchestration.sentence import Sentence, ToldError

SETTING = "PAR_ALERTS"


def channels() -> list[str]:
    """The URLs set. Raises ToldError for one that is no channel; its scheme is named, not its password."""
    urls = os.environ.get(SETTING, "").split()
    for url in urls:
        if not apprise.Apprise().add(url):
            scheme = url.partition(":")[0][:20]
            raise ToldError(
                f"{SETTING}: kênh «{scheme}» không hiểu được; xem docs/operate_it.md.",
                "It is no channel, such as mailtos://… or json://…: see docs/operate_it.md.",
            )
    return urls


def name_of(url: str) -> str:
    """What a channel is called where it is written down."""
    return hashlib.sha256(url.encode()).hexdigest()[:12]


def send(url: str, title: Sentence, text: str) -> bool:
    """Whether the channel took the message."""
    channel = apprise.Apprise()
    channel.add(url)
    return bool(channel.notify(title=f"[PAR] {title}", body=text, body_format=apprise.NotifyFormat.TEXT))
