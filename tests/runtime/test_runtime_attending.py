"""Two people before a stage: the companion looks at the one whose lips move."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tracking"))

import numpy as np
from signs_actor import Camera, see
from speaking_stage import Show

from avatar.animate.persona import Persona
from avatar.linalg import affine
from avatar.types import Face, Observation

FPS = 30
CAMERA = Camera(1.3, 1.0, (320, 240))


class Live:
    device_open = True
    state = "live"


def face(x: float, t: float, talks: bool) -> Face:
    seen = see({"x": x}, CAMERA, t, np.random.default_rng(1), noise=0).face
    assert seen is not None
    lips = np.zeros(52, np.float32)
    lips[25] = 0.15 + 0.14 * np.sin(2 * np.pi * 4.5 * t) if talks else 0.02
    return replace(seen, blendshapes=lips)


def looks(persona: Persona) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T, 3) the way to where it looks, and those to the eyes of the person and of the other, who talks from 2 to 5 s
    and is looked at by the tracker at every second frame."""
    show = Show(persona, fps=FPS)
    show.engine.parts.eyes = Live()
    found, others, others_t = [], (), -1.0
    for k in range(9 * FPS):
        t = show.clock.now() + 1 / FPS
        if k % 2 == 0:
            others, others_t = (face(0.35, t, 2 <= t < 5),), t
        show.step(Observation(t, CAMERA.size, face(-0.25, t, False), others=others, others_t=others_t))
        place = show.engine.place
        assert place is not None
        own = show.engine._look()
        assert own is not None
        found.append(affine.apply(place.matrix, own))
    return unit(np.array(found)), unit(face(-0.25, 0, False).eyes), unit(face(0.35, 0, False).eyes)


def unit(v: np.ndarray) -> np.ndarray:
    """As seen from the lens: how far away they are is another test's business."""
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def test_it_looks_at_the_one_who_talks_and_back() -> None:
    found, person, other = looks(Persona())
    at_other = np.linalg.norm(found - other, axis=1) < 0.03
    at_person = np.linalg.norm(found - person, axis=1) < 0.03
    assert at_person[FPS : 2 * FPS].all()
    begun = int(np.argmax(at_other)) / FPS
    assert 2.4 < begun < 3.3
    assert at_other[round(3.4 * FPS) : 5 * FPS].all()
    assert at_person[round(8.6 * FPS) :].all()


def test_a_quiet_persona_keeps_its_eyes_on_the_person() -> None:
    found, person, _ = looks(Persona(quiet=True))
    assert (np.linalg.norm(found[FPS:] - person, axis=1) < 0.03).all()
