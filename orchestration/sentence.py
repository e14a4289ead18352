"""A sentence for people, in both languages: what every error, refusal, mistake and finding of this project says.

Not here: the sentences themselves, which stand where they are said.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """What is so and what to do, in the language of the ministry and in English."""

    vi: str
    en: str

    def __str__(self) -> str:
        return f"{self.vi} / {self.en}"

    def format(self, **facts: object) -> Sentence:
        """With its placeholders filled; a fact that is a sentence itself is told in each language."""
        return Sentence(
            self.vi.format(**{name: fact.vi if isinstance(fact, Sentence) else fact for name, fact in facts.items()}),
            self.en.format(**{name: fact.en if isinstance(fact, Sentence) else fact for name, fact in facts.items()}),
        )


class ToldError(Exception):
    """An error that a person can do something about: a sentence, shown as it is and without a traceback."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(vi, en)
        self.sentence = Sentence(vi, en)

    def __str__(self) -> str:
        return str(self.sentence)
