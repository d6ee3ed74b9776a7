"""The terminal always says what stands by, what is waited for, and why a key did nothing."""

from typing import Final

import pytest

from avatar.ceremony import orders, reading
from avatar.ceremony.director import Director
from avatar.runtime.desk_lines import DeskLines

SCRIPT: Final = """presence: 1
title: T
kind: other
statement: "Symbolic."
scenes:
- id: all
  title: t
  cues:
  - {id: said, label: The truth, notes: Speak slowly., do: [{say: "{statement}"}]}
  - {id: read, who: officiant, label: Words, do: [{say: "We are glad."}]}
  - id: asked
    label: The question
    do: [{say: "Do you?"}]
    answer:
      of: person
      yes: {label: "Yes", words: {en: ["i do"]}}
      no: {label: "No", words: {en: ["no"]}, goto: end}
      silence: {after: 20, goto: end}
  - {id: given, label: A cup, trigger: {hand: left}, timeout: {wait: 9, skip: true}, required: false, do: [{wait: 1}]}
"""


class Terminal:
    """A director and what is printed of it."""

    def __init__(self) -> None:
        self.director, self.now = Director(reading.parse(SCRIPT, "f")), 0.0
        self.lines = DeskLines(self.director)
        self.step()

    def step(self, *inputs: orders.Input, seconds: float = 1.0) -> list[str]:
        """One picture later; its lines."""
        self.now += seconds
        self.director.step(self.now, inputs)
        self.told = self.lines.step()
        return self.told

    def spoken(self) -> list[str]:
        """What is being said comes to its end."""
        return self.step(*(orders.Spoken(line.utterance, "finished") for line in self.director.view().lines))


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_what_stands_by_is_told_once_with_its_note(terminal: Terminal) -> None:
    assert terminal.told == ["   next · Enter  1  The truth", "      note: Speak slowly."]
    assert terminal.step() == []
    assert terminal.step(orders.Go()) == ["      companion says: Symbolic."]
    assert terminal.spoken() == ["   next · Enter  2  Words"]


def test_a_reading_and_a_question_say_which_key_goes_on(terminal: Terminal) -> None:
    terminal.step(orders.Go())
    terminal.spoken()
    assert terminal.step(orders.Go()) == ["      Enter, when it is read"]
    assert terminal.step(orders.Go()) == ["   next · Enter  3  The question"]
    terminal.step(orders.Go())
    assert terminal.spoken()[-1].startswith("      y or n")
    assert terminal.step(orders.Go()) == ["      nothing done: an answer is awaited: it is the person's"]
    told = terminal.step(orders.Answered("yes", "typed"))
    assert told == [
        "           next  4  A cup, with the left hand held out, or goes on by itself after 9 s · Enter begins it now"
    ]


def test_keys_that_do_nothing_say_why_and_gestures_are_silent(terminal: Terminal) -> None:
    assert terminal.step(orders.Answered("yes", "typed")) == ["      nothing done: an answer that nobody asked for"]
    terminal.step(orders.Go())
    assert terminal.step(orders.Go(), seconds=0.2) == ["      nothing done: a second GO within half a second"]
    assert terminal.step(orders.Pause()) == ["paused · r goes on"]
    assert terminal.step(orders.Seen("nod")) == []
    assert terminal.step(orders.Panic()) == ["all is silent · r, then Enter, goes on"]


def test_a_go_that_is_kept_and_a_cue_that_is_held_are_told(terminal: Terminal) -> None:
    terminal.step(orders.Go())
    assert terminal.step(orders.Go()) == ["      then at once: 2  Words"]
    assert terminal.step(orders.Back())[0] == "   next · Enter  1  The truth (held)"
