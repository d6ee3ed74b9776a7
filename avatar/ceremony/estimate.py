"""How long things take, about: for the run of show and for waits that nothing else ends."""

from __future__ import annotations

from typing import Final

from . import actions
from .script import Cue
from .texts import Wording

_PER_WORD_S: Final = 0.42
"""Seconds for a word of a line spoken calmly: 143 words a minute."""
_PER_KANA_S: Final = 0.17
"""Seconds for a letter of Japanese, Chinese or Korean."""
_BREATH_S: Final = 0.6
READS_SLOWER: Final = 1.25
"""Times as long as the companion a human takes, who reads with feeling."""

BURST_S: Final = 0.15
"""Between two pictures of a burst: a blink, of 0.1 to 0.4 s, is over within three."""
_TURNS_S: Final = 0.8
"""Before a posed picture: the companion turns to the camera and smiles."""
_GOES_S: Final = 2.0
"""Before one for which it goes into the other half of the picture."""


def poses(act: actions.Picture) -> float:
    """Seconds that the companion takes to pose for a picture."""
    return _GOES_S if act.beside is not None else _TURNS_S


def spoken(text: str) -> float:
    """Seconds that saying a text takes."""
    wide = sum("\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" for c in text)
    words = len([w for w in text.split() if any(c.isalnum() and ord(c) < 0x3040 for c in w)])
    return _BREATH_S + words * _PER_WORD_S + wide * _PER_KANA_S


def action(act: actions.Action, words: Wording) -> float:
    """Seconds before the next action."""
    match act:
        case actions.Say() | actions.Vow():
            return spoken(words(act.say if isinstance(act, actions.Say) else act.vow))
        case actions.Wait():
            return act.wait
        case actions.Silence():
            return act.silence
        case actions.Picture():
            posed = poses(act) + act.countdown if act.posed else 0.0
            return posed + (act.count - 1) * act.every + act.count * (act.burst - 1) * BURST_S
        case _:
            return 0.0


def cue(found: Cue, words: Wording) -> float:
    """Seconds that a cue takes from its trigger on; of a question with the time of its yes."""
    acts = [*found.do, *(found.answer.yes.do if found.answer is not None else [])]
    total = found.pre + found.post + sum(action(act, words) for act in acts)
    return total + (5.0 if found.answer is not None else 0.0)
