"""What a ceremony has from the picture, and what the picture has from a ceremony."""

from __future__ import annotations

from collections.abc import Collection

from ..ceremony import orders
from ..ceremony.script import OnHand
from .ceremony import Performance


def held_out(performance: Performance, sides: Collection[str]) -> None:
    """The person holds these hands out now. Heard only while a cue waits for one."""
    director = performance.director
    step = director.plan.step(director.view().standby) if sides else None
    if step is not None and isinstance(step.trigger, OnHand):
        for side in sides:
            performance.give(orders.HeldOut(side))


def vowing(performance: Performance) -> bool:
    """Is a vow being spoken, the person's or the companion's?"""
    return any(line.vow for line in performance.director.view().lines)
