"""The face: expressions that fade into each other, VRM override rules, eyelids, look, and the mouth, into morph
weights.

Rules are those of VRMC_vrm 1.0, as ``model.expressions`` has them; ``effective`` gives their plain result. Where
``block`` would make a weight jump, the suppression itself is faded over about 0.1 s.
Closed lips win over feeling: while a p, b or m is shut, or the lip is at the teeth for f or v, what an expression does
to open the mouth is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from ..linalg import signals
from ..model.expressions import BLINKS, LOOKS, VOWELS, Rules, effective
from ..model.jaw import jaw_motion
from ..model.model import AvatarModel
from ..model.mouth import find_mouth
from ..types import VISEMES, FloatArray
from .held import Held

__all__ = ["BLINKS", "LOOKS", "VOWELS", "Face", "default_mouth_map", "effective", "mouth_opening"]

_PP: Final = VISEMES.index("PP")
_FF: Final = VISEMES.index("FF")
_AROUSAL: Final = {"happy": 0.2, "surprised": 0.35, "angry": 0.35, "relaxed": -0.15, "sad": -0.15}
"""Breath quickens with joy, fear and anger, and slows with calm and grief (Boiten, Frijda and Wientjes 1994)."""
_ZERO, _UNIT, _SHUTS, _DAMPS = (np.array(x, np.float32) for x in (0, 1, 1 / 0.75, 0.55))
"""Arrays, because an operation with one of Python's numbers takes twice as long: 0, 1, shut lips for a weight of PP,
and how much speech takes from the opening that a feeling brings."""
_OPENS: Final = 0.03
"""Of a full turn of the jaw: a morph target that opens the mouth by less does not open it."""
_PRESS: Final = ("lippress", "mouthpress", "lip_press")


def default_mouth_map() -> tuple[FloatArray, tuple[str, ...]]:
    """((15, 5) float32, names): Oculus visemes to the five VRM vowels."""
    rows = {
        "FF": (0.0, 0.25, 0.05, 0.0, 0.0),
        "TH": (0.12, 0.30, 0.0, 0.0, 0.0),
        "DD": (0.10, 0.35, 0.0, 0.05, 0.0),
        "kk": (0.20, 0.25, 0.0, 0.05, 0.0),
        "CH": (0.0, 0.20, 0.45, 0.0, 0.0),
        "SS": (0.0, 0.45, 0.0, 0.10, 0.0),
        "nn": (0.12, 0.25, 0.0, 0.0, 0.0),
        "RR": (0.10, 0.05, 0.35, 0.0, 0.15),
        "aa": (1.0, 0.0, 0.0, 0.0, 0.0),
        "E": (0.20, 0.0, 0.0, 0.75, 0.0),
        "ih": (0.0, 0.85, 0.0, 0.10, 0.0),
        "oh": (0.10, 0.0, 0.0, 0.0, 0.9),
        "ou": (0.0, 0.0, 0.95, 0.0, 0.0),
    }
    table = np.zeros((15, 5), np.float32)
    for name, row in rows.items():
        table[VISEMES.index(name)] = row
    return table, VOWELS


def mouth_opening(model: AvatarModel) -> tuple[FloatArray, FloatArray]:
    """How much each morph target opens the mouth: two (M,) float32 in 0-1, by comparing its movement of the mouth's
    vertices with that of what opens the mouth in speech (``aa``, ``jawOpen``, or the jaw bone).

    likeness : cosine between the two, 1 for a target that only opens the mouth; amount : its projection, in units of
    the opener. Targets that the opener itself uses have likeness 1 and amount 0.
    """
    likeness, amount = np.zeros((2, len(model.morph_defaults)), np.float32)
    own = opener(model)
    jaw = jaw_motion(model) if not own else None
    along, size = np.zeros((2, len(likeness)))
    whole = 0.0
    for k, prim in enumerate(model.primitives):
        if prim.morph_positions is None:
            continue
        deltas = prim.morph_positions.astype(np.float64)
        mine = [(m - prim.morph_offset, w) for m, w in own.items() if 0 <= m - prim.morph_offset < len(deltas)]
        if mine:
            opened = np.einsum("k,kvc->vc", np.array([w for _, w in mine]), deltas[[k for k, _ in mine]])
        elif jaw is not None:
            opened = jaw[k]
        else:
            continue
        moved = np.sqrt((opened**2).sum(1))
        mouth = moved > 0.2 * moved.max(initial=0.0)
        span = slice(prim.morph_offset, prim.morph_offset + len(deltas))
        along[span] += np.einsum("kvc,vc->k", deltas[:, mouth], opened[mouth])
        size[span] += (deltas[:, mouth] ** 2).sum((1, 2))
        whole += float((opened[mouth] ** 2).sum())
    if whole > 0:
        likeness[:] = np.clip(along / np.sqrt(np.maximum(size * whole, 1e-20)), 0, 1)
        amount[:] = np.clip(along / whole, 0, 1)
    for m, w in own.items():
        if w > 0.3:
            likeness[m], amount[m] = 1.0, 0.0
    if jaw is not None:
        # no morph target can take back what another has opened, so what opens the mouth is left out altogether
        likeness[amount > _OPENS], amount[:] = 1.0, 0.0
    return likeness, amount


def opener(model: AvatarModel) -> dict[int, float]:
    """Morph target -> weight of the expression that opens the mouth: ``aa`` or ``jawOpen``; empty for a jaw bone."""
    shapes = find_mouth(model).shapes
    name = shapes.get("jawOpen", shapes.get("aa", "aa"))
    expression = model.expressions.get(name)
    if expression is None:
        return {}
    return {int(m): float(w) for m, w in zip(expression.morphs, expression.weights, strict=True)}


class Weights(Mapping[str, float]):
    """Expression weights by name, as they are now: a view into an array."""

    def __init__(self, index: Mapping[str, int], values: FloatArray) -> None:
        self._index, self._values = index, values

    def __getitem__(self, name: str) -> float:
        return float(self._values[self._index[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)


class Face:
    """Weights of all expressions of one model, E of them, for A actors. Buffers made once.

    weights : (A, E) float32 after blending and overrides; morphs : (A, M) float32, what they make of the morph targets.
    """

    def __init__(
        self,
        model: AvatarModel,
        mouth_map: FloatArray | None = None,
        mouth_names: Sequence[str] | None = None,
        actors: int = 1,
    ) -> None:
        if (mouth_map is None) != (mouth_names is None):
            raise ValueError("mouth_map and mouth_names go together")
        table, names = default_mouth_map() if mouth_map is None or mouth_names is None else (mouth_map, mouth_names)
        rows = len(table)
        if rows < len(VISEMES) or np.shape(table) != (rows, len(names)):
            raise ValueError(f"mouth_map is {np.shape(table)}, not (15 or more, {len(names)})")
        self.names = tuple(model.expressions)
        self.index = {n: i for i, n in enumerate(self.names)}
        self._lower = {n.lower(): i for n, i in self.index.items()}
        a, e, m = actors, len(self.names), len(model.morph_defaults)
        expressions = list(model.expressions.values())
        self._binds = np.zeros((e, m), np.float32)
        for i, x in enumerate(expressions):
            np.add.at(self._binds[i], x.morphs, x.weights)
        self._defaults = np.asarray(model.morph_defaults, np.float32)
        self._plain = not self._defaults.any()
        driven = [i for i, n in enumerate(names) if n in self.index]
        self._mouth = np.zeros((rows, e), np.float32)
        for k in driven:
            self._mouth[:, self.index[names[k]]] = np.asarray(table, np.float32)[:, k]
        presses = [self._lower[n] for n in _PRESS if n in self._lower]
        if not self._mouth[_PP].any() and presses:
            self._mouth[_PP, presses[0]] = 1
        self._closing = self._mouth[_PP].copy()
        self._presses = bool(self._closing.any())
        self._mouth[_PP] = 0
        spoken = {self.index[n] for n in (*VOWELS, *(names[k] for k in driven)) if n in self.index}
        spoken |= set(np.flatnonzero(self._closing).tolist())
        self._is_feeling = np.array(
            [
                n not in BLINKS and n not in LOOKS and n != "neutral" and i not in spoken
                for i, n in enumerate(self.names)
            ],
            bool,
        )
        self._is_spoken = np.array([i in spoken for i in range(len(self.names))], bool)
        self._is_other = ~(self._is_feeling | self._is_spoken)
        self.held = Held(self.index, actors)
        self._opening, amount = mouth_opening(model)
        # what is left of the opening after damping by likeness is taken back with the morphs of aa
        self._remains = amount * (1 - self._opening)
        self._aa = np.zeros(m, np.float32)
        for k, w in opener(model).items():
            self._aa[k] = w
        self._rules = Rules(expressions, [names[k] for k in driven])
        self._fading = signals.Damped((a, e))
        self._omega = np.full((a, 1), 14.0, np.float32)
        self._target, self._wanted = np.zeros((a, e), np.float32), np.zeros((a, e), np.float32)
        self._suppress = signals.Damped((a, 3))
        self._voices = [signals.Follow() for _ in range(a)]
        self._settled = np.zeros(a)
        self._extra: list[str | None] = [None] * a
        self._until = [-1.0] * a
        self.weights, self._feeling, self._shown = (np.zeros((a, e), np.float32) for _ in range(3))
        self.feels = False
        self._a, self._b = np.zeros((a, m), np.float32), np.zeros((a, m), np.float32)
        self._shut, self._seal, self._open, self._one = (np.zeros((a, 1), np.float32) for _ in range(4))
        self._eyelid = [self.index[n] for n in ("blink",) if n in self.index] or [
            self.index[n] for n in BLINKS[1:] if n in self.index
        ]
        sides = [self.index[n] for n in BLINKS[1:] if n in self.index]
        self._sides = sides if len(sides) == 2 and len(self._eyelid) == 1 else None
        self._excite = np.zeros(e, np.float32)
        for name, pace in _AROUSAL.items():
            if name in self.index:
                self._excite[self.index[name]] = pace
        self._looks = [self.index.get(n, -1) for n in ("lookLeft", "lookRight", "lookDown", "lookUp")]

    def view(self, actor: int) -> Weights:
        """One actor's weights by name."""
        return Weights(self.index, self.weights[actor])

    def arousal(self) -> list[float]:
        """For each actor, by how much what it shows quickens the breath: -0.15 to 0.35 of its pace."""
        return [0.0] * len(self.weights) if not self.feels else (self._feeling @ self._excite).tolist()

    def express(self, name: str, intensity: float, fade: float, until: float | None, actor: int = 0) -> bool:
        """Cross-fade to one expression (``neutral`` = none) over ``fade`` seconds; until : engine time at which it
        leaves again, or None. False when the companion has no such expression; then nothing changes."""
        row = self._lower.get(name.strip().lower())
        plain = name.strip().lower() == "neutral"
        if not plain and (row is None or not self._is_feeling[row]):
            return False
        seconds = min(max(fade if np.isfinite(fade) else 0.25, 0.05), 10.0)
        target = self._target[actor]
        target[:] = 0
        if not plain and row is not None:
            target[row] = float(np.clip(intensity, 0, 1)) if np.isfinite(intensity) else 1.0
        self._omega[actor] = 6.64 / seconds
        self._settled[actor] = 0.0
        self._until[actor] = -1.0 if until is None or not np.isfinite(until) else until
        return True

    def extra(self, actor: int, extra: tuple[str, float] | None) -> None:
        """An expression that a gesture brings while none is asked for."""
        name = extra[0].lower() if extra is not None and extra[0].lower() in self._lower else None
        if name == self._extra[actor]:
            return
        self._extra[actor] = name
        self._settled[actor] = 0.0
        wanted = self._wanted[actor]
        wanted[:] = 0
        if name is not None and extra is not None:
            wanted[self._lower[name]] = extra[1]

    def step(
        self,
        now: float,
        dt: float,
        blink: FloatArray,
        mouth: FloatArray | None,
        look: FloatArray | None,
        morphs: FloatArray,
        more: FloatArray | None = None,
        vivid: FloatArray | None = None,
        lids: FloatArray | None = None,
    ) -> None:
        """Write ``weights`` and ``morphs`` (A, M).

        blink : (A,) 0-1; mouth : (A, 15) finite Oculus weights, or more columns, as many as ``mouth_map`` has rows;
        None for silence; look : (A, 4) weights of lookLeft,
        lookRight, lookDown, lookUp for expression-type gaze; more : (A, E) what else is asked for, taken where it is
        more; vivid : (A, 1) times the strength of feelings; lids : (A, 2) how far the left and the right lid hang, 0-1.
        """
        for actor, until in enumerate(self._until):
            if 0 <= until <= now:
                self._target[actor] = 0
                self._until[actor], self._settled[actor] = -1.0, 0.0
        feeling = self._feel(dt)
        if vivid is not None and self.feels and not self._rules.any_binary:
            feeling = np.minimum(np.multiply(feeling, vivid, out=self._shown), _UNIT, out=self._shown)
        held = self.held.step(dt)
        if held:
            feeling = self.held.over(feeling, self._is_feeling)
        w, shut, seal = self.weights, self._shut, self._seal
        if mouth is None:
            w[:] = 0
            shut[:] = seal[:] = 0
        else:
            np.matmul(mouth, self._mouth[: mouth.shape[1]], out=w)
            if mouth.shape[1] > len(VISEMES):
                np.maximum(w, _ZERO, out=w)
            np.multiply(mouth[:, _PP : _PP + 1], _SHUTS, out=shut)
            np.minimum(shut, _UNIT, out=shut)
            np.multiply(mouth[:, _FF : _FF + 1], _SHUTS, out=seal)
            np.clip(seal, shut, _UNIT, out=seal)
            np.subtract(_UNIT, shut, out=self._one)
            w *= self._one
            np.minimum(w, _UNIT, out=w)
        voice = self._follow_voice(w, dt)
        for row in self._eyelid:
            np.maximum(w[:, row], blink, out=w[:, row])
        if lids is not None and self._sides is not None:
            hang = w[:, self._sides]
            np.maximum(hang, lids * (1 - blink[:, None]), out=hang)
            w[:, self._sides] = hang
        if look is not None:
            for k, row in enumerate(self._looks):
                if row >= 0:
                    np.clip(look[:, k], 0, 1, out=w[:, row])
        if more is not None:
            np.maximum(w, more, out=w)
        if held:
            w[:] = self.held.over(w, self._is_other)
            np.maximum(w, self.held.value * self.held.share * self._is_spoken, out=w)
        if self._rules.any or self._rules.any_binary:
            self._override(feeling, dt)
        if self._presses:
            np.maximum(w, shut * self._closing, out=w)
        # feelings open the mouth less while it speaks, and not at all while the lips are shut or at the teeth
        np.matmul(feeling, self._binds, out=self._a)
        np.multiply(voice, _DAMPS, out=self._one)
        np.maximum(self._one, seal, out=self._one)
        np.multiply(self._one, self._opening, out=self._b)
        np.subtract(_UNIT, self._b, out=self._b)
        closed = bool(seal.max() > 0)
        if closed:
            back = seal * (self._a @ self._remains)[:, None]
        self._a *= self._b
        np.matmul(w, self._binds, out=morphs)
        morphs += self._a
        if closed:
            morphs -= np.multiply(self._aa, back, out=self._b)
        if not self._plain:
            morphs += self._defaults
        w += feeling

    def _follow_voice(self, mouth: FloatArray, dt: float) -> FloatArray:
        """(A, 1) how much each is speaking: the mouth's opening, followed critically damped."""
        np.add.reduce(mouth, axis=1, keepdims=True, out=self._open)
        opened = self._open[:, 0].tolist()
        self._open[:, 0] = [min(v.step(min(o, 1.0), 18.0, dt), 1.0) for v, o in zip(self._voices, opened, strict=True)]
        return self._open

    def _feel(self, dt: float) -> FloatArray:
        """Fade towards the target; faces that have settled are left alone."""
        feeling = self._feeling
        if self._settled.min() > 3.0:
            return feeling
        self._settled += dt * self._omega[:, 0] / 6.64
        target = self._target
        if self._wanted.any():
            target = np.where(self._target.any(axis=1, keepdims=True), self._target, self._wanted)
        np.clip(self._fading.step(target, self._omega, dt), 0, 1, out=feeling)
        feeling[feeling < 1e-3] = 0
        self.feels = bool(feeling.any())
        if self._rules.any_binary:
            np.copyto(feeling, feeling > 0.5, where=self._rules.binary)
        return feeling

    def _override(self, feeling: FloatArray, dt: float) -> None:
        """isBinary of the mouth, lids and looks, and what everything shown takes from them."""
        rules, w = self._rules, self.weights
        w[:] = rules.shown(w)
        if rules.any:
            self._suppress.step(rules.taken(np.maximum(w, feeling)), 45.0, dt)
            taken = np.clip(self._suppress.value, 0, 1)
            np.copyto(taken, 0, where=taken < 1e-3)
            w[:] = rules.left(w, taken)
