"""Head, brows, breath and hands that go with speech, planned from the voice's own timing, loudness and words.

Nods fall on the stressed vowels of words that matter (head motion follows the prosody: Graf et al. 2002, Munhall et al.
2004); brows rise on some of them and at the end of a question (Cavé et al. 1996); a word that denies brings a small
shake; hands beat on a few (McNeill 1992); the chest fills before a phrase, in the pause. All of it is decided once,
before the sound starts; the same words, persona and seed give the same plan.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, Phone
from .accents import Accents, Beat, Bump
from .persona import Persona
from .syllables import Syllables, syllables
from .wording import ASKING

HEAD_LIMIT: Final = math.radians(6.0)
BROW_LIMIT: Final = 0.6
BEAT_GAP: Final = 1.2
"""Seconds between two beats, at least."""
BEAT_NAMES: Final = ("beat", "beat_left", "beat_both")
FIRST_BEAT: Final = 0.45
"""Seconds into a piece before which no hand is at its stroke: it has to be raised first."""
_NOD_RATE: Final = 26.0
_NOD_GAP: Final = 1.05
_CLOSE: Final = 0.5
_LONG_LIST: Final = 4
_QUICKEST: Final = 0.06
"""Seconds; a bump with less time to rise is left out."""


def plan(
    phones: Sequence[Phone],
    sound: FloatArray | None,
    rate: int,
    text: str = "",
    persona: Persona | None = None,
    seed: int = 0,
    lead: float = 0.5,
) -> Accents:
    """The accents of one piece of speech; empty for silence.

    phones : of the sound, may be empty; sound : (N,) float32 mono or None; rate : its samples a second; text : what is
    said. Without phones loudness alone tells the syllables, without sound too the text is taken at five syllables a
    second. seed : added to the persona's; lead : seconds before the sound from which on the plan will be sampled:
    nothing begins earlier, so that nothing jumps there.
    """
    manner = persona or Persona()
    said = syllables(phones, sound, rate, text)
    if not len(said.middle):
        return Accents()
    words = zlib.crc32(f"{text}|{len(said.middle)}|{said.seconds:.2f}".encode())
    rng = np.random.default_rng([manner.seed, seed & 0xFFFFFFFF, words])
    chosen = _weighed(said, rng)
    bumps = [*_head(said, chosen, manner, rng), *_brows(said, chosen, manner, rng), *_breaths(said)]
    return Accents(_begun(bumps, lead), _beats(said, chosen, manner, rng)).within(HEAD_LIMIT, BROW_LIMIT)


def _begun(bumps: list[Bump], lead: float) -> list[Bump]:
    """Bumps that would begin before there is anybody to show them rise quicker, and as much less far."""
    found: list[Bump] = []
    for bump in bumps:
        rise = min(bump.rise, bump.stroke + max(lead, 0.0))
        if rise >= _QUICKEST:
            x, y, z, brow, breath = (a * rise / bump.rise for a in bump.amount)
            found.append(bump._replace(rise=rise, amount=(x, y, z, brow, breath)))
    return found


class _Chosen:
    """The C spoken words that may carry an accent, each by its stressed syllable.

    at : (C,) indices of syllables; weight : (C,) how much the word stands out, about 1 for an ordinary one;
    denies : (C,) bool; asks : (C,) 0, or how strongly the brows ask at the end of a question.
    """

    def __init__(self, rows: list[tuple[int, float, bool, float]]) -> None:
        self.at = np.array([r[0] for r in rows], np.int64)
        self.weight = np.array([r[1] for r in rows], np.float64)
        self.denies = np.array([r[2] for r in rows], bool)
        self.asks = np.array([r[3] for r in rows], np.float64)


def _weighed(said: Syllables, rng: np.random.Generator) -> _Chosen:
    """Choose the words and weigh them: louder, longer, last in their phrase, written with emphasis, part of a list."""
    listed, asks = _listed(said), _questions(said)
    usual = float(np.median(said.length)) or 0.1
    rows: list[tuple[int, float, bool, float]] = []
    spare = (-1, -9.0)
    for k in np.unique(said.word):
        mine = np.flatnonzero(said.word == k)
        stands = 2 * said.stress[mine] + said.loud[mine] / 6 + said.length[mine] / usual / 2
        i = int(mine[np.argmax(stands)])
        token = said.tokens[said.token[i]] if said.token[i] >= 0 else None
        weight = (
            1.0 + float(np.clip(said.loud[i] / 8, -0.5, 0.5)) + float(np.clip(said.length[i] / usual - 1, -0.4, 1)) / 3
        )
        weight += rng.normal(0, 0.12)
        ends = any(int(said.token[i]) == word for word, _ in asks)  # a question rises on its last word, whatever it is
        if token is not None and not token.content and not token.negative and not ends:
            spare = max(spare, (i, weight), key=lambda s: s[1])
            continue
        if said.stress[i] < 0.5 and (token is None or not token.negative):
            weight -= 0.4
        if token is not None:
            weight += 0.8 * token.emphasis + 0.3 * ("!" in token.mark) + 0.35 * (int(said.token[i]) in listed)
        rows.append((i, weight, token is not None and token.negative, 0.0))
    if not rows and spare[0] >= 0:
        rows.append((*spare, False, 0.0))
    last = {int(said.phrase[r[0]]): n for n, r in enumerate(rows)}
    for n in last.values():
        i, weight, denies, _ = rows[n]
        rows[n] = (i, weight + 0.35, denies, 0.0)
    for token_index, strength in asks:
        n = max((n for n, r in enumerate(rows) if 0 <= said.token[r[0]] <= token_index), default=-1)
        if n >= 0:
            rows[n] = (*rows[n][:3], strength)
    return _Chosen(rows)


def _listed(said: Syllables) -> set[int]:
    """Indices of written words that end an item of a list: two short items or more with commas after them."""
    ends = [k for k, w in enumerate(said.tokens) if "," in w.mark]
    found: set[int] = set()
    for a, b in pairwise(ends):
        if b - a <= _LONG_LIST:
            found |= {a, b}
    if found:
        after = max(found) + 1
        stop = next((k for k in range(after, len(said.tokens)) if said.tokens[k].mark), -1)
        if 0 <= stop - max(found) <= _LONG_LIST + 1:
            found.add(stop)
    return found


def _questions(said: Syllables) -> list[tuple[int, float]]:
    """(written word that ends a question, how far the brows rise): more where yes or no is the answer."""
    found, start = [], 0
    for k, word in enumerate(said.tokens):
        if "?" in word.mark:
            open_ended = any(w.text in ASKING for w in said.tokens[start : start + 2])
            found.append((k, 0.32 if open_ended else 0.5))
        if any(c in word.mark for c in ".!?…"):
            start = k + 1
    return found


def _head(said: Syllables, chosen: _Chosen, manner: Persona, rng: np.random.Generator) -> list[Bump]:
    """Nods, shakes and the lift of a question: one in each group of words, then the words that stand out most."""
    size = manner.head_accent
    if size <= 0 or not len(chosen.at):
        return []
    time = said.middle[chosen.at].astype(np.float64)
    order = [int(n) for n in np.argsort(-chosen.weight)]
    cluster = _clusters(said)[chosen.at]
    first = {int(c): next(n for n in order if cluster[n] == c) for c in np.unique(cluster)}
    must = [*np.flatnonzero(chosen.denies), *(n for n in order if n in first.values())]
    most = max(len(first), round(said.seconds * min(36.0, _NOD_RATE * size) / 60))
    taken: list[int] = []
    for n in [int(m) for m in must]:
        if all(abs(time[n] - time[k]) > (0.75 if chosen.denies[k] else _CLOSE) for k in taken):
            taken.append(n)
    for n in order:
        if len(taken) >= most:
            break
        if n not in taken and all(abs(time[n] - time[k]) > _NOD_GAP / manner.pace for k in taken):
            taken.append(n)
    bumps: list[Bump] = []
    for n in sorted(taken):
        strength = float(np.clip(0.5 + 0.45 * (chosen.weight[n] - 1), 0.2, 1.0))
        if chosen.denies[n]:
            bumps += _shake(float(time[n]), strength, size, manner.pace, rng)
            continue
        vary = rng.uniform(0.8, 1.2)
        degrees = min(5.2, (1.5 + 2.6 * strength) * size * vary)
        rise, fall = rng.uniform(0.18, 0.24) / manner.pace, rng.uniform(0.32, 0.44) / manner.pace
        x, y, z = degrees, degrees * float(rng.normal(0, 0.16)), degrees * float(rng.normal(0, 0.18))
        kind = "nod"
        if chosen.asks[n]:
            # a question ends with the chin up and the head a little to one side
            kind, x, z, fall = "lift", -0.45 * degrees, 0.7 * degrees * float(rng.choice([-1.0, 1.0])), fall + 0.25
        head = (math.radians(x), math.radians(y), math.radians(z))
        bumps.append(Bump(float(time[n]), kind, strength, rise, fall, (*head, 0.0, 0.0)))
    return bumps


def _clusters(said: Syllables) -> NDArray[np.int64]:
    """(N,) number of the group of words each syllable is in: phrases, and within them what punctuation divides."""
    marks = np.array([0, *(any(c in w.mark for c in ",;:.!?—…") for w in said.tokens)]).cumsum()
    return np.asarray(said.phrase * (len(marks) + 1) + marks[np.maximum(said.token, 0)], np.int64)


def _shake(t: float, strength: float, size: float, pace: float, rng: np.random.Generator) -> list[Bump]:
    """To one side on the vowel, to the other, and half back."""
    degrees = min(4.5, (1.8 + 1.4 * strength) * size) * float(rng.choice([-1.0, 1.0]))
    step = 0.24 / pace
    return [
        Bump(t + k * step, "shake", strength, 0.92 * step, step, (0.0, math.radians(degrees * part), 0.0, 0.0, 0.0))
        for k, part in enumerate((1.0, -1.0, 0.45))
    ]


def _brows(said: Syllables, chosen: _Chosen, manner: Persona, rng: np.random.Generator) -> list[Bump]:
    """Brows on about a third of the words that stand out, and at the end of a question."""
    size = manner.brow_accent
    bumps: list[Bump] = []
    if size <= 0:
        return bumps
    previous = -9.0
    for n in range(len(chosen.at)):
        t = float(said.middle[chosen.at[n]])
        asks, stands = float(chosen.asks[n]), float(chosen.weight[n] - 1)
        lucky = rng.random() < 0.25 + 0.35 * stands
        if asks == 0 and (stands < 0.2 or not lucky or t - previous < 1.0 or chosen.denies[n]):
            continue
        amount = min(BROW_LIMIT, (asks or 0.2 + 0.25 * min(stands, 1.0)) * size * float(rng.uniform(0.85, 1.15)))
        rise, fall = (0.28, 0.75) if asks else (0.17, 0.45)
        strength = float(np.clip(amount / BROW_LIMIT, 0, 1))
        bumps.append(Bump(t, "brow", strength, rise / manner.pace, fall / manner.pace, (0.0, 0.0, 0.0, amount, 0.0)))
        previous = t
    return bumps


def _breaths(said: Syllables) -> list[Bump]:
    """In before every phrase, deeper before a long one, done as it begins; out while it is spoken."""
    bumps: list[Bump] = []
    before = -1.0
    for start, end in said.spans.tolist():
        gap = start - before
        rise = min(0.45, gap * 0.95)
        depth = min(1.0, 0.3 + 0.14 * (end - start)) * min(1.0, 0.4 + rise / 0.45 * 0.6)
        fall = min(1.6, max(0.4, end - start))
        bumps.append(Bump(start - 0.05 * min(gap, 1.0), "breath", depth, rise, fall, (0.0, 0.0, 0.0, 0.0, depth)))
        before = end
    return bumps


def _beats(said: Syllables, chosen: _Chosen, manner: Persona, rng: np.random.Generator) -> list[Beat]:
    """Hands on the words that stand out most: on average the persona's rate of spoken time, ``BEAT_GAP`` apart."""
    wanted = manner.beat_rate * said.seconds / 60
    count = int(wanted) + (rng.random() < wanted % 1)
    time: NDArray[np.float64] = said.middle[chosen.at].astype(np.float64)
    taken: list[int] = []
    for n in (int(k) for k in np.argsort(-chosen.weight)):
        if len(taken) >= count:
            break
        if time[n] >= FIRST_BEAT and not chosen.denies[n] and all(abs(time[n] - time[k]) >= BEAT_GAP for k in taken):
            taken.append(n)
    beats = []
    for n in sorted(taken):
        strength = float(np.clip(0.5 + 0.4 * (chosen.weight[n] - 1), 0.3, 1.0))
        both = rng.random() < 0.15 + 0.35 * (strength > 0.75)
        name = BEAT_NAMES[2] if both else BEAT_NAMES[int(rng.random() < 0.35)]
        beats.append(Beat(float(time[n]), name, strength))
    return beats
