"""What whoever leads a ceremony looks to before it begins: the script's own list, else a short one made from it."""

from __future__ import annotations

from typing import Any

from ...ceremony import actions
from ...ceremony.director import Director
from ...ceremony.meaning import all_acts
from ...ceremony.script import OnGuest
from ...ceremony.texts import Wording


def items(director: Director, words: Wording) -> list[dict[str, Any]]:
    """id : by which it is ticked; word : which of the page's own texts it is, "" for one of the script's; of : what
    goes into that text; text : the script's own."""
    own = [
        {"id": f"own-{k}", "word": "", "of": "", "text": words(text)}
        for k, text in enumerate(director.ceremony.script.checklist, 1)
    ]
    return own or [{"id": word, "word": word, "of": of, "text": ""} for word, of in _made(director).items()]


def _made(director: Director) -> dict[str, str]:
    ceremony, script = director.ceremony, director.ceremony.script
    found = {"camera": "", "sound": ""}
    used = {action.prop for action, _, _ in all_acts(ceremony) if isinstance(action, actions.Prop)}
    if used:
        found["props"] = ", ".join(sorted(used))
    if any(_read(step.cue) for step in director.plan.steps):
        found["readers"] = ""
    if any(step.cue.answer is not None for step in director.plan.steps):
        found["answers"] = ""
    if any(isinstance(step.trigger, OnGuest) for step in director.plan.steps):
        found["guests"] = ""
    language = director.words.language
    stops = script.stop.words.get(language) or script.stop.words.get(language.split("-")[0]) or []
    found["stop"] = stops[0] if stops else ""
    return found


def _read(cue: Any) -> bool:
    """Has a human a line in it?"""
    lines = (act for act in cue.do if isinstance(act, actions.Say | actions.Vow))
    return any((act.who or cue.who) != "companion" for act in lines)
