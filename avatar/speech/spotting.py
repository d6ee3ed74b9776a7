"""A few phrases, told apart by our own ear: which of them somebody said, when that was all they said.

Each phrase is laid along what the ear heard (``ear.judge``), sound by sound, and weighed against the freest reading of
the same stretch: the mean, over the frames that are not silence, of the logarithm of the one over the other (a
likelihood ratio as in Wilpon et al., 1990). The ear knows the sounds of English: a sound of another language counts as
the likeliest of those that are near it. No sound is so wrong that it counts for more than six nats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from ..types import FloatArray
from .ear import PHONES, Weights, judge, learnt
from .features import RATE, mel
from .keyphrases import Alone

SHORT: Final = 4
"""Sounds of the longest phrase that has to stand alone in a breath of its own."""
BREATH: Final = 0.9
LONGEST: Final = 4.0
"""Seconds of the longest that is weighed: who says more than that, is not answering with a phrase."""
_SOUND: Final = 0.065
"""Seconds that a sound lasts, on the average of a phrase, at the least."""
_WORST: Final = np.float32(-6.0)
_NEARLY: Final = np.float32(-0.3)
_NEAR: Final = {
    "AA": "AE AH AY AW",
    "AY": "AA EY AE IH IY AH",
    "IY": "IH Y EY AY",
    "UW": "UH AH IH W ER",
    "EH": "EY AE IH",
    "EY": "EH IH IY",
    "AO": "OW UH AA OY",
    "L": "R D DH T",
    "HH": "F TH SIL",
    "S": "Z TH",
    "Z": "S DH JH",
    "SH": "S ZH CH",
    "CH": "T SH JH",
    "JH": "ZH CH D Z",
    "T": "D K TH",
    "D": "T DH L",
    "K": "G T",
    "G": "K NG D",
    "N": "M NG",
    "M": "N B",
    "P": "B T",
    "B": "P V M",
    "W": "UW OW",
    "Y": "IY IH",
    "F": "HH TH P",
    "V": "B",
}
_PLACE: Final = {name: k for k, name in enumerate(PHONES)}
_GROUP: Final = {name: [_PLACE[p] for p in (name, *near.split())] for name, near in _NEAR.items()}


def fit(scores: FloatArray, sounds: Iterable[str]) -> float:
    """How well ``sounds`` (ARPABET, silence round them) explain ``scores`` (N, 40), log probabilities: 0 is as well as
    anything could, below -1 not at all."""
    names = ["SIL", *sounds, "SIL"]
    rows = np.maximum(np.stack([_likely(scores, name) for name in names], 1), _WORST)
    best = np.full(len(names), -np.inf)
    best[:2] = rows[0, :2]
    came = np.zeros(rows.shape, bool)
    for t in range(1, len(rows)):
        before = np.append(-np.inf, best[:-1])
        came[t] = before > best
        best = np.maximum(best, before) + rows[t]
    state = len(names) - (1 if best[-1] >= best[-2] else 2)
    total, spoken = best[state], 0
    for t in range(len(rows) - 1, -1, -1):
        spoken += names[state] != "SIL"
        state -= int(came[t, state])
    loud = int((scores.argmax(1) != _PLACE["SIL"]).sum())
    return float((total - np.maximum(scores.max(1), _WORST).sum()) / max(spoken, loud, 1))


class Spotter:
    """Hears one of a few phrases, said alone, in 16 kHz sound.

    ways : phrase -> each way in which it may sound. ``feed`` gives, once quiet follows what was said, how well each
    phrase fits; phrases too short for so long a breath, and breaths too long for any, are left out.
    """

    def __init__(self, ways: Mapping[str, Iterable[tuple[str, ...]]], weights: Weights | None = None) -> None:
        self._ways = {phrase: tuple(each) for phrase, each in ways.items()}
        self._weights = weights or learnt()
        self._alone = Alone(RATE)
        self._sound = np.zeros(0, np.float32)
        self._open = False

    def feed(self, sound: FloatArray) -> dict[str, float]:
        """More sound, (n,) float32; phrase -> fit, empty while nothing has been said to its end."""
        self._alone.feed(sound)
        kept = round(RATE * (LONGEST + 1.0))
        self._sound = np.concatenate([self._sound, sound])[-kept:]
        if self._alone.quiet < self._alone.gap:
            self._open = True
            return {}
        if not self._open:
            return {}
        self._open = False
        lasted = self._alone.seconds
        if lasted > LONGEST:
            return {}
        span = round(RATE * (lasted + self._alone.quiet + 0.3))
        scores = judge(mel(self._sound[-span:]), self._weights)
        found: dict[str, float] = {}
        for phrase, ways in self._ways.items():
            fits = [fit(scores, sounds) for sounds in ways if _SOUND * len(sounds) <= lasted]
            if fits and (lasted <= BREATH or len(ways[0]) > SHORT):
                found[phrase] = max(fits)
        return found


def _likely(scores: FloatArray, name: str) -> FloatArray:
    own = scores[:, _PLACE[name]]
    group = _GROUP.get(name)
    if group is None:
        return own
    near: FloatArray = np.logaddexp.reduce(scores[:, group], 1) + _NEARLY
    return np.maximum(own, near)
