"""A sentence for people, in both languages: what every error, refusal, mistake and finding of this project says.

Not here: the sentences themselves, which stand where they are said.
"""

from __future__ import annotations

from typing import NamedTuple


class Sentence(NamedTuple):
    """What is so and what to do, in the language of the ministry and in English."""

    vi: str
    en: str

    def __str__(self) -> str:
        return f"{self.vi} / {self.en}"


class ToldError(Exception):
    """An error that a person can do something about: a sentence, shown as it is and without a traceback."""

    def __init__(self, vi: str, en: str) -> None:
        self.sentence = Sentence(vi, en)
        super().__init__(str(self.sentence))
