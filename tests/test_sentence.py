"""A sentence is told in both languages, on its own and inside another."""

import pickle

from orchestration.reading.refusal import Refused
from orchestration.sentence import Sentence, ToldError


def test_a_sentence_inside_another_is_told_in_its_language():
    said = Sentence("Có {what}, {count} lần.", "There is {what}, {count} times.").format(
        what=Sentence("lỗi", "a mistake"), count=2
    )
    assert (said.vi, said.en) == ("Có lỗi, 2 lần.", "There is a mistake, 2 times.")


def test_an_error_says_the_same_on_the_other_side_of_a_process():
    for error in (ToldError("Sai.", "Wrong."), Refused("zip_bomb", found=Sentence("2 tệp", "2 files"), limit=1)):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == str(error) and again.sentence == error.sentence


def test_a_refusal_has_one_language_in_each_sentence():
    said = Refused("zip_bomb", found=Sentence("2 tệp", "2 files"), limit=1).sentence
    assert "2 tệp" in said.vi and "files" not in said.vi
    assert "2 files" in said.en and "tệp" not in said.en
