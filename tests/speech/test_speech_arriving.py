"""Sentences out of a stream of words: as soon as they are complete, whatever the pieces are, and nothing lost."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from avatar.speech.arriving import FIRST, Sentences, divided
from avatar.speech.text import PIECE, Piece

TEXT = (
    'Hello, Mr. Smith! I paid $3.50 for it, i.e. too much. "Really?" she said… and left. Well, what do you think of '
    "the long and winding road, my friend, that leads to your door? One line\nanother line 你好。再见。 Bye"
)


def told(pieces: list[str]) -> list[str]:
    stream = Sentences()
    return [*(said for piece in pieces for said in stream.feed(piece)), *stream.finish()]


@pytest.mark.parametrize("seed", range(5))
def test_however_it_is_cut_the_sentences_are_the_same_and_none_is_lost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    edges = [0, *sorted(rng.choice(np.arange(1, len(TEXT)), int(rng.integers(1, 90)), replace=False)), len(TEXT)]
    said = told([TEXT[a:b] for a, b in itertools.pairwise(edges)])
    assert "".join("".join(said).split()) == "".join(TEXT.split())
    assert said[1] == "I paid $3.50 for it, i.e. too much."
    assert "One line" in said
    assert said[-1] == "Bye"


def test_a_sentence_is_there_with_the_first_letter_of_the_next() -> None:
    stream = Sentences()
    assert stream.feed("It is done.") == []
    assert stream.whole
    assert stream.feed(" ") == []
    assert stream.feed("N") == ["It is done."]
    assert not stream.whole


def test_only_the_first_long_sentence_begins_before_it_is_complete() -> None:
    stream = Sentences()
    clause = "When the rain stopped at last, "
    assert len(clause) > FIRST
    assert stream.feed(clause + "m") == [clause.strip()]
    assert stream.feed("y brother opened the window, and we looked. And then we all, ") == [
        "my brother opened the window, and we looked."
    ]
    assert stream.feed("every one of us who was there, laughed") == []


def test_a_text_without_any_end_is_given_in_bounded_parts() -> None:
    said = told(["word " * 4000])
    assert max(map(len, said)) <= 2 * PIECE
    assert "".join(said).replace(" ", "") == "word" * 4000
    assert "".join(told(["a" * 5000])) == "a" * 5000


def test_a_long_sentence_is_divided_at_its_first_clause_and_a_short_one_is_not() -> None:
    long = "When the rain stopped, my brother opened the window, and we looked outside."
    assert [p.spoken for p in divided(Piece(long, long))] == [
        "When the rain stopped,",
        "my brother opened the window, and we looked outside.",
    ]
    for text in (
        "Well, here we are.",
        "A sentence that has no clause in it but goes on and on and on.",
        f"{long[:38]}, no",
    ):
        assert divided(Piece(text, text)) == [Piece(text, text)]
    assert len(divided(Piece(f"🙂 {long}", long))) == 1
