"""Mails (.eml, .msg) and single-file web pages (.mht): what is attached to them, and the page that they are.

In: bytes. Out: (name, bytes) of each attachment, or the bytes of a page. Names are as written: nobody may open a path
by one. Not here: what the attachments say, and mails in mails (`parcel.py`).
"""

from __future__ import annotations

import email
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.policy import default
from itertools import islice

from olefile import OleFileIO  # type: ignore[import-untyped]
from oxmsg import Message as OutlookMessage
from oxmsg.attachment import Attachment
from oxmsg.domain.constants import PID_ATTACH_CONTENT_ID, PID_BODY, PID_DISPLAY_NAME
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from orchestration.reading.refusal import Refused
from orchestration.sentence import Sentence

_UTF8_MARK = b"\xef\xbb\xbf"
_MAX_PARTS = 500
# Where a mail that is attached to a mail lies whole, and how long the head of its properties is ([MS-OXMSG]).
_MAIL_IN_MAIL, _MAIL_IN_MAIL_HEAD = "__substg1.0_3701000D", 24


def attached_to_mail(data: bytes) -> list[tuple[str, bytes]]:
    """The attachments of an .eml, or where it has none its text as a page. Raises Refused truncated, zip_bomb."""
    parts = list(_parts(data))
    found = [(_name(part), _content(part)) for part in parts if _is_attached(part)]
    return found or _body(parts)


def attached_to_outlook(data: bytes) -> list[tuple[str, bytes]]:
    """The attachments of an Outlook .msg and of the mails attached to it, or where it has none its text as a page.

    What is attached as a link has no bytes. Raises Refused truncated, zip_bomb.
    """
    try:
        with OleFileIO(data) as file:
            found = list(islice(_attached(Storage.from_ole(file)), _MAX_PARTS + 1))
        if found and len(found) <= _MAX_PARTS:
            return found
        message = OutlookMessage.load(data)
        text = _outlook_text(message.html_body, message.body)
    except Exception as error:  # the library has no error of its own: whatever it stumbles over is damage
        raise Refused("truncated", format=".msg") from error
    if found:
        raise _too_many()
    return text


def _attached(storage: Storage) -> Iterator[tuple[str, bytes]]:
    for place in storage.iter_attachment_storages():
        attachment = Attachment(place)
        name = attachment.file_name or attachment.properties.str_prop_value(PID_DISPLAY_NAME) or "tep_dinh_kem"
        mail = next((inner for inner in place.storages if inner.name == _MAIL_IN_MAIL), None)
        if mail is not None:
            text = Properties(mail, properties_header_offset=_MAIL_IN_MAIL_HEAD).str_prop_value(PID_BODY)
            for inner, content in list(_attached(mail)) or _outlook_text(None, text):
                yield f"{name}/{inner}", content
        elif not (f"{attachment.mime_type}".startswith("image/") and _is_in_the_text(attachment)):
            yield name, attachment.file_bytes or b""


def _is_in_the_text(attachment: Attachment) -> bool:
    return attachment.properties.str_prop_value(PID_ATTACH_CONTENT_ID) is not None


def _outlook_text(page: str | None, text: str | None) -> list[tuple[str, bytes]]:
    if page:
        return [("thu.html", _UTF8_MARK + page.encode())]
    return [("thu.txt", _UTF8_MARK + text.encode())] if text else []


def page_of(data: bytes) -> bytes | None:
    """The web page that a single-file page holds, in UTF-8; None for a mail with attachments or without a page.

    A workbook saved as one is a page of frames with a part for each sheet: all of them, one after the other.
    """
    parts = list(_parts(data))
    if any(_is_attached(part) for part in parts):
        return None
    pages = [_text(part) for part in parts if part.get_content_type() == "text/html"]
    return b"\n".join([page for page in pages if b"<frameset" not in page.lower()]) if pages else None


def _parts(data: bytes) -> Iterator[Message]:
    try:
        for number, part in enumerate(_leaves(email.message_from_bytes(data, policy=default))):
            if number >= _MAX_PARTS:
                raise _too_many()
            yield part
    except (LookupError, ValueError, RecursionError, AssertionError) as error:
        raise Refused("truncated", format="MIME") from error


def _too_many() -> Refused:
    return Refused("zip_bomb", found=Sentence(f"> {_MAX_PARTS} tệp", f"> {_MAX_PARTS} files"), limit=_MAX_PARTS)


def _leaves(message: Message) -> Iterator[Message]:
    """Parts that hold something; a mail that is attached is one part."""
    if message.get_content_maintype() != "multipart":
        yield message
        return
    for part in message.iter_parts() if isinstance(message, EmailMessage) else ():
        yield from _leaves(part)


def _is_attached(part: Message) -> bool:
    """An attachment; a picture in the text, such as the sender's sign, is none."""
    if part.get_content_type() == "message/rfc822":
        return True
    if part.get_content_disposition() == "attachment":
        return not (part.get_content_maintype() == "image" and part.get("Content-ID"))
    return part.get_filename() is not None and not (part.get("Content-ID") or part.get("Content-Location"))


def _name(part: Message) -> str:
    if part.get_content_type() == "message/rfc822":
        return part.get_filename() or "thu.eml"
    return part.get_filename() or "tep_dinh_kem"


def _content(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and isinstance(inner[0], Message) else b""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _body(parts: list[Message]) -> list[tuple[str, bytes]]:
    for kind, name in (("text/html", "thu.html"), ("text/plain", "thu.txt")):
        for part in parts:
            if part.get_content_type() == kind and (text := _text(part)).strip(_UTF8_MARK + b" \r\n"):
                return [(name, text)]
    return []


def _text(part: Message) -> bytes:
    """A part's text in UTF-8 with its mark, so that a page's own word about its letters is not asked."""
    content = _content(part)
    try:
        return _UTF8_MARK + content.decode(part.get_content_charset() or "utf-8").encode()
    except (LookupError, ValueError):
        return content
