"""Where the person is at the moment of display: a little later than when the frame was grabbed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..types import Face, Observation

DAMPING: Final = 0.75
"""Part of the last velocity that is believed. Of the worst twentieth of the frames of eight real clips 0.75 to 0.8 was
best, one and two frames ahead; all of it overshoots where a head stops, half of it lags where one is quick."""
MOST_FRAMES: Final = 2.0
"""Prediction stops this many frame intervals ahead."""
_LONGEST_GAP: Final = 0.2  # seconds between two looks; more says nothing about the velocity
_JUMP: Final = 0.6  # of the face's width between two looks; more is another face or a lost one


def predict(before: Observation | None, newest: Observation, now: float) -> Observation:
    """``newest`` with its face carried on to ``now`` seconds; everything else is as it was.

    before : the observation before ``newest``, which gives the velocity. The face keeps its turn and its shape.
    """
    old, new = before.face if before is not None else None, newest.face
    if before is None or old is None or new is None:
        return newest
    gap, lead = newest.t - before.t, now - newest.t
    if not 0 < gap <= _LONGEST_GAP or lead <= 0:
        return newest
    step = new.points.mean(0) - old.points.mean(0)
    step[2] = 0
    if float(np.hypot(step[0], step[1])) > _JUMP * float(new.box[2] - new.box[0]):
        return newest
    ahead = np.float32(DAMPING * min(lead / gap, MOST_FRAMES))
    matrix = new.matrix.copy()
    matrix[:3, 3] += ahead * (new.eyes - old.eyes)
    carried = Face(
        new.points + ahead * step, new.blendshapes, matrix, new.box + ahead * np.tile(step[:2], 2).astype(np.float32)
    )
    return replace(newest, face=carried)
