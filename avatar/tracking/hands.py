"""Whose hands, and which: hands are given the sides of the wrists they hang on, and strangers' hands are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..types import Body, Hand

_WRISTS: Final = {"left": 15, "right": 16}
_SHOULDERS: Final = [11, 12]
_SEEN, _SURE = 0.3, 0.6
_FAR: Final = 0.9
"""Widths of the shoulders: no wrist is that far from the hand of its own."""
_BETTER: Final = 0.6
"""A hand is on the other side only if that wrist is nearer by so much: the detector's word counts too."""
_TWICE: Final = 0.16
"""Widths of the shoulders within which two finds of one side are one hand."""


def own_hands(hands: Sequence[Hand], body: Body | None) -> tuple[Hand, ...]:
    """The person's own hands, at most one a side. body : the person's, of about the same moment; without it nothing is
    known better than the detector does."""
    if body is None or body.visibility[_SHOULDERS].min() < _SEEN:
        return _best(hands)
    left, right = body.points[_SHOULDERS, :2]
    unit = max(float(np.linalg.norm(left - right)), 1.0)
    sure = {side: float(body.visibility[k]) for side, k in _WRISTS.items()}
    kept: list[tuple[Hand, dict[str, float]]] = []
    for hand in hands:
        away = {side: float(np.linalg.norm(hand.points[0, :2] - body.points[k, :2])) for side, k in _WRISTS.items()}
        if min(sure.values()) >= _SURE and min(away.values()) > _FAR * unit:
            continue
        kept.append((hand, away))
    if min(sure.values()) < _SEEN:
        return _best([hand for hand, _ in kept])
    if len(kept) == 2 and not _one(kept[0][0], kept[1][0], unit):
        return _pair(kept)
    return _best([_sided(hand, away, unit) for hand, away in kept])


def _sided(hand: Hand, away: dict[str, float], unit: float) -> Hand:
    other = "right" if hand.side == "left" else "left"
    swapped = away[other] < _BETTER * away[hand.side] and away[hand.side] > 0.15 * unit
    return replace(hand, side=other) if swapped else hand


def _pair(kept: list[tuple[Hand, dict[str, float]]]) -> tuple[Hand, ...]:
    """Two hands apart: one for each side, as the wrists say, or the detector where these cannot tell."""
    (a, near_a), (b, near_b) = kept
    straight, crossed = near_a["left"] + near_b["right"], near_a["right"] + near_b["left"]
    agree = a.side != b.side
    if agree:
        told = straight if a.side == "left" else crossed
        if min(straight, crossed) >= _BETTER * told:
            return a, b
    sides = ("left", "right") if straight <= crossed else ("right", "left")
    return replace(a, side=sides[0]), replace(b, side=sides[1])


def _one(a: Hand, b: Hand, unit: float) -> bool:
    apart = float(np.linalg.norm(a.points[:, :2].mean(0) - b.points[:, :2].mean(0)))
    return a.side == b.side and apart < _TWICE * unit


def _best(hands: Sequence[Hand]) -> tuple[Hand, ...]:
    """The surest hand of each side."""
    best: dict[str, Hand] = {}
    for hand in hands:
        if hand.side not in best or hand.score > best[hand.side].score:
            best[hand.side] = hand
    return tuple(best.values())
