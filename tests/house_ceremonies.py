"""What the ceremonies of the house are expected to do, read from their scripts."""

from __future__ import annotations

from avatar.ceremony.reading import Ceremony
from avatar.ceremony.script import OnHand


def way(ceremony: Ceremony, answer: str, hand: bool = False) -> list[str]:
    """The cues that this answer leads through, as the script has them, where a hand is held out or none is."""
    plan, at, out = ceremony.plan, 0, []
    while at < len(plan.steps):
        cue, timeout = plan.steps[at].cue, plan.steps[at].cue.timeout
        if not hand and isinstance(plan.steps[at].trigger, OnHand) and timeout is not None and timeout.goto is not None:
            at = plan.at(timeout.goto)
            continue
        out.append(cue.id)
        goto = getattr(cue.answer, answer).goto if cue.answer is not None else None
        at = plan.at(goto) if goto is not None else plan.after(at)
    return out
