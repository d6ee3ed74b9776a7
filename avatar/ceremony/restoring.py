"""A ceremony that was cut off goes on from its checkpoint: it stands by, and waits for an explicit word."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..errors import CeremonyError
from . import actions, orders
from .director import Director
from .orders import Entry

_LISTS = ("history", "done", "acts")


def restore(director: Director, saved: Mapping[str, Any], name: str = "checkpoint") -> None:
    """Bring a new director to where a checkpoint was made. It is ``restored``: only Resume lets it go on, and then GO
    begins the cue that was cut off, or the one after it where that one was done for good.

    Raises CeremonyError when the checkpoint is none, or is of another script."""

    def refuse(rule: str) -> CeremonyError:
        return CeremonyError(name, 1, 1, rule)

    if not isinstance(saved, Mapping) or saved.get("presence") != 1:
        raise refuse("this is no checkpoint of a ceremony")
    plan = director.plan
    ids = {step.cue.id for step in plan.steps}
    for key in _LISTS:
        found = saved.get(key)
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise refuse(f"'{key}' is damaged")
        for one in found:
            if one not in ids:
                raise refuse(f"cue '{one}' of the checkpoint is not in the script, which was changed since")
    standby, mark = saved.get("standby"), saved.get("mark")
    if standby != "" and standby not in ids:
        raise refuse(f"cue '{standby}' of the checkpoint is not in the script, which was changed since")
    if mark not in ids:
        raise refuse(f"cue '{mark}' of the checkpoint is not in the script, which was changed since")
    answers, t, serial = saved.get("answers"), saved.get("t"), saved.get("serial")
    if not isinstance(answers, dict) or not all(v in ("yes", "no", "silence") for v in answers.values()):
        raise refuse("'answers' is damaged")
    if not isinstance(t, int | float) or not math.isfinite(t) or t < 0 or not isinstance(serial, int):
        raise refuse("'t' is damaged")
    log = saved.get("log")
    try:
        entries = [Entry(**entry) for entry in log] if isinstance(log, list) else []
    except TypeError:
        raise refuse("'log' is damaged") from None
    director.acts, director.answers = set(saved["acts"]), dict(answers)
    director.done, director.log = list(saved["done"]), entries
    history = [plan.places[one] for one in saved["history"]]
    director.stand_again(
        history, str(mark), len(plan.steps) if standby == "" else plan.places[str(standby)], float(t), serial
    )


def standing(director: Director) -> list[orders.Do]:
    """What of the cues that were performed still stands: each prop where it is, the place, the light, the outfit, the
    music that goes round. To set the stage again after a restart; none of it is done for the ceremony a second time."""
    last: dict[str, orders.Do] = {}
    for step in director.plan.steps:
        begun = step.cue.id in director.done or step.cue.id in director.acts
        branch = director.answers.get(step.cue.id) if begun else None
        answered = getattr(step.cue.answer, branch).do if step.cue.answer is not None and branch is not None else []
        for action in (*step.cue.do, *answered) if begun else ():
            key = type(action).__name__
            if isinstance(action, actions.Prop):
                last[f"prop {action.prop}"] = orders.Do(step.cue.id, action)
            elif isinstance(action, actions.Light | actions.Move | actions.Outfit):
                last[key] = orders.Do(step.cue.id, action)
            elif isinstance(action, actions.Music) and not action.over:
                # A piece that was played once is over by now, and took the place of what went round before it.
                goes_on = action if action.loop else actions.Music(music="stop", fade=0.0)
                last[key] = orders.Do(step.cue.id, goes_on)
    return list(last.values())
