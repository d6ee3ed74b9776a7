"""What the words of a script mean together: ids, places to go to, names in texts, languages, parts, answers.

Nothing of the world is needed for it. Each rule is one function that yields problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import actions
from .marked import Path
from .plan import Step
from .reading import Ceremony, Problem, near
from .script import END, RESERVED, VARIABLE, Answer, Cue, Group, OnAnswer
from .texts import variables

_TEXT_KEYS = ("say", "vow", "caption")


def check(ceremony: Ceremony) -> list[Problem]:
    """Everything that is wrong with a script by itself, in the order of the file."""
    rules = (_ids, _numbers, _places, _parts, _names, _texts, _statement, _answers, _timeouts, _first)
    found = {problem for rule in rules for problem in rule(ceremony)}
    return sorted(found, key=lambda p: (p.line, p.column, p.rule))


def acts(step: Step) -> Iterator[tuple[actions.Action, Path]]:
    """Every action of a step, those after an answer too, and where it stands."""
    yield from _listed(step.cue.do, (*step.path, "do"))
    if (answer := step.cue.answer) is not None:
        for name in ("yes", "no", "silence"):
            yield from _listed(getattr(answer, name).do, (*step.path, "answer", name, "do"))


def all_acts(ceremony: Ceremony) -> Iterator[tuple[actions.Action, Path, Step | None]]:
    """Every action of a script with its place and its step; None for those that stop it."""
    for step in ceremony.plan.steps:
        for action, path in acts(step):
            yield action, path, step
    for action, path in _listed(ceremony.script.stop.do, ("stop", "do")):
        yield action, path, None


def texts(ceremony: Ceremony) -> Iterator[tuple[Any, Path]]:
    """Every text of a script (one, or one for each language), and where it stands."""

    def walk(value: Any, model: Any, path: Path) -> Iterator[tuple[Any, Path]]:
        if isinstance(value, list):
            for k, item in enumerate(value):
                yield from walk(item, model, (*path, k))
        elif isinstance(value, dict):
            for key, item in value.items():
                if key in _TEXT_FIELDS and not (key == "name" and path[:1] != ("roles",)):
                    yield item, (*path, key)
                elif key == "checklist" and isinstance(item, list):
                    yield from ((one, (*path, key, k)) for k, one in enumerate(item))
                elif key not in ("names", "words"):
                    yield from walk(item, model, (*path, key))

    yield from walk(ceremony.source.value, None, ())


_TEXT_FIELDS = frozenset((*_TEXT_KEYS, "title", "statement", "label", "notes", "name"))


def _listed(found: list[actions.Action], path: Path) -> Iterator[tuple[actions.Action, Path]]:
    return ((action, (*path, k)) for k, action in enumerate(found))


def _items(ceremony: Ceremony) -> Iterator[tuple[Any, Path]]:
    """Scenes, groups and cues with their places, in the order of the file."""

    def walk(found: list[Cue | Group], path: Path) -> Iterator[tuple[Any, Path]]:
        for k, item in enumerate(found):
            yield item, (*path, k)
            if isinstance(item, Group):
                yield from walk(item.cues, (*path, k, "cues"))

    for k, scene in enumerate(ceremony.script.scenes):
        yield scene, ("scenes", k)
        yield from walk(list(scene.cues), ("scenes", k, "cues"))


def _ids(ceremony: Ceremony) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for item, path in _items(ceremony):
        where = (*path, "id")
        if item.id in RESERVED:
            yield ceremony.problem(where, f"id '{item.id}' has a meaning of its own: choose another")
        if item.id in first:
            rule = f"id '{item.id}' is there twice, first in line {first[item.id]}: cues, groups and scenes share ids"
            yield ceremony.problem(where, rule)
        first.setdefault(item.id, ceremony.source.mark(where).line)


def _numbers(ceremony: Ceremony) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for step in ceremony.plan.steps:
        if step.cue.number is None:
            continue
        where = (*step.path, "number")
        if step.number in first:
            yield ceremony.problem(where, f"number {step.number} is there twice, first in line {first[step.number]}")
        first.setdefault(step.number, ceremony.source.mark(where).line)


def _places(ceremony: Ceremony) -> Iterator[Problem]:
    places = ceremony.plan.places

    def goto(id: str | None, path: Path) -> Iterator[Problem]:
        if id is not None and id != END and id not in places:
            yield ceremony.problem(path, f"goto '{id}': there is no such cue, group or scene{near(id, {*places, END})}")

    for item, path in _items(ceremony):
        yield from goto(getattr(item, "goto", None), (*path, "goto"))
        if isinstance(item, Cue):
            if item.timeout is not None:
                yield from goto(item.timeout.goto, (*path, "timeout", "goto"))
            if item.answer is not None:
                for name in ("yes", "no", "silence"):
                    yield from goto(getattr(item.answer, name).goto, (*path, "answer", name, "goto"))
        trigger = getattr(item, "trigger", None)
        if isinstance(trigger, OnAnswer):
            asked = {step.cue.id for step in ceremony.plan.steps if step.cue.answer is not None}
            if trigger.answer.to not in asked:
                where = (*path, "trigger", "answer", "to")
                rule = f"'{trigger.answer.to}' is no cue that asks{near(trigger.answer.to, asked)}"
                yield ceremony.problem(where, rule)


def _parts(ceremony: Ceremony) -> Iterator[Problem]:
    roles = ceremony.script.roles

    def part(role: Any, path: Path) -> Iterator[Problem]:
        if role is not None and not roles.has(role):
            yield ceremony.problem(path, f"'{role}' has no part in 'roles': add '{role}: {{}}' there")

    for step in ceremony.plan.steps:
        yield from part(step.cue.who, (*step.path, "who"))
        if step.cue.answer is not None:
            yield from part(step.cue.answer.of, (*step.path, "answer", "of"))
        if step.cue.timeout is not None:
            yield from part(step.cue.timeout.read, (*step.path, "timeout", "read"))
    for action, path, _ in all_acts(ceremony):
        yield from part(getattr(action, "who", None), (*path, "who"))


def _names(ceremony: Ceremony) -> Iterator[Problem]:
    names = ceremony.script.names
    for name, text in names.items():
        if name in ("statement", "title"):
            yield ceremony.problem(("names", name), f"name '{name}' has a meaning of its own: choose another", key=True)
        each = text.items() if isinstance(text, dict) else [("", text)]
        for language, words in each:
            path: Path = ("names", name, language) if language else ("names", name)
            if not words.strip():
                yield ceremony.problem(path, f"name '{name}' is empty: write it between the quotes")
            for inner in variables(words):
                if inner in names and inner != name and not list(variables(str(names[inner]))):
                    continue
                yield _unknown(ceremony, path, inner)
        if isinstance(text, dict):
            yield from _languages(ceremony, text, ("names", name))


def _texts(ceremony: Ceremony) -> Iterator[Problem]:
    known = {*ceremony.script.names, "statement", "title"}
    for text, path in texts(ceremony):
        own = {path[0]} if path in (("title",), ("statement",)) else set()
        each = text.items() if isinstance(text, dict) else [("", text)]
        for language, words in each:
            place: Path = (*path, language) if language else path
            for name in variables(str(words)):
                if name not in known - own:
                    yield _unknown(ceremony, place, name)
            left = lone_bracket(str(words))
            if left:
                mark = ceremony.source.within(place, left)
                rule = f"a lone '{left}': write a name as {{name}}, or {left}{left} for the bracket itself"
                yield Problem(mark.line, mark.column, rule)
        if isinstance(text, dict):
            yield from _languages(ceremony, text, path)


def lone_bracket(text: str) -> str:
    """A bracket that opens or closes nothing; "" for none."""
    rest = VARIABLE.sub("", text)
    return next((letter for letter in rest if letter in "{}"), "")


def _unknown(ceremony: Ceremony, path: Path, name: str) -> Problem:
    mark = ceremony.source.within(path, f"{{{name}}}")
    names = {*ceremony.script.names, "statement", "title"}
    return Problem(mark.line, mark.column, f"'{{{name}}}' is not in 'names'{near(name, names)}")


def _languages(ceremony: Ceremony, text: dict[str, Any], path: Path) -> Iterator[Problem]:
    wanted = ceremony.script.languages
    for language in wanted:
        if language not in text:
            yield ceremony.problem(path, f"'{path[-1]}' has no text in '{language}', which is one of the languages")
    for language in text:
        if language not in wanted:
            rule = f"'{language}' is not one of the languages{near(language, wanted)}"
            yield ceremony.problem((*path, language), rule, key=True)


def _statement(ceremony: Ceremony) -> Iterator[Problem]:
    for step in ceremony.plan.steps:
        if not (step.cue.required and step.cue.armed):
            continue
        for action in step.cue.do:
            if isinstance(action, actions.Say | actions.Vow | actions.Caption):
                text = getattr(action, type(action).__name__.lower())
                each = text.values() if isinstance(text, dict) else [text]
                if all("statement" in variables(words) for words in each):
                    return
    rule = "the statement is never said: a required cue has the line '- say: \"{statement}\"' at its natural place"
    yield ceremony.problem(("statement",), rule, key=True)


def _answers(ceremony: Ceremony) -> Iterator[Problem]:
    for step in ceremony.plan.steps:
        answer = step.cue.answer
        if answer is None:
            continue
        path = (*step.path, "answer")
        if step.cue.irreversible:
            rule = "an irreversible cue does not ask: ask in the cue before it, and go to it on a yes"
            yield ceremony.problem(path, rule, key=True)
        for name in ("no", "silence"):
            branch = getattr(answer, name)
            if branch.goto is None:
                rule = f"'{name}' has no 'goto': say where it goes on then, or 'end'"
                yield ceremony.problem((*path, name), rule, key=True)
            if not any(isinstance(a, actions.Say | actions.Caption) for a in branch.do):
                rule = f"'{name}' says nothing: begin its 'do' with a line that takes the answer kindly"
                yield ceremony.problem((*path, name), rule, key=True)
            if branch.goto is not None and _asks_again(ceremony, step, branch.goto):
                if name == "no":
                    rule = f"after 'no' the same question comes again (goto '{branch.goto}'): a no is an answer"
                    yield ceremony.problem((*path, name, "goto"), rule)
                elif ceremony.plan.places.get(branch.goto, -1) <= step.index:
                    rule = f"after silence the same question comes again and again (goto '{branch.goto}')"
                    yield ceremony.problem((*path, name, "goto"), rule)
        yield from _words(ceremony, answer, path)


def _words(ceremony: Ceremony, answer: Answer, path: Path) -> Iterator[Problem]:
    for language in ceremony.script.languages:
        said: dict[str, str] = {}
        for name in ("yes", "no"):
            words = getattr(answer, name).words
            if words and language not in words:
                rule = f"'words' has nothing in '{language}', which is one of the languages"
                yield ceremony.problem((*path, name, "words"), rule)
            for k, phrase in enumerate(words.get(language, ())):
                plain = " ".join(phrase.lower().split())
                if said.setdefault(plain, name) != name:
                    rule = f"'{phrase}' would mean yes and no: each phrase has one meaning"
                    yield ceremony.problem((*path, name, "words", language, k), rule)
    for k, gesture in enumerate(answer.no.gestures):
        if gesture in answer.yes.gestures:
            rule = f"gesture '{gesture}' would mean yes and no: each gesture has one meaning"
            yield ceremony.problem((*path, "no", "gestures", k), rule)


def _asks_again(ceremony: Ceremony, step: Step, goto: str) -> bool:
    """Whether the way on from ``goto``, by any branch but a human's, comes to the same question."""
    plan = ceremony.plan
    if goto != END and goto not in plan.places:
        return False
    seen: set[int] = set()
    todo = [plan.at(goto)]
    while todo:
        at = todo.pop()
        if at >= len(plan.steps) or at in seen:
            continue
        if at == step.index:
            return True
        seen.add(at)
        todo += ways(ceremony, at)
    return False


def ways(ceremony: Ceremony, at: int) -> list[int]:
    """The steps to which it can go on from a step by itself, the number of steps standing for the end."""
    plan, step = ceremony.plan, ceremony.plan.steps[at]
    ids = {*plan.places, END}
    out = [plan.after(at)] if step.cue.goto is None or step.cue.goto in ids else []
    gotos: list[str | None] = []
    if (answer := step.cue.answer) is not None:
        gotos += [answer.yes.goto, answer.no.goto, answer.silence.goto]
        if answer.yes.goto is not None:
            out = []
    if step.cue.timeout is not None and step.cue.timeout.goto is not None:
        gotos.append(step.cue.timeout.goto)
    out += [plan.at(id) for id in gotos if id is not None and id in ids]
    span = plan.within(at, "choice")
    if span is not None and at == span.first and span.group is not None:
        out += [plan.places[item.id] for item in span.group.cues]
    return out


def _timeouts(ceremony: Ceremony) -> Iterator[Problem]:
    for step in ceremony.plan.steps:
        timeout, path = step.cue.timeout, (*step.path, "timeout")
        if timeout is None:
            continue
        if timeout.skip and step.cue.required:
            rule = "a required cue is not skipped: give the timeout another way, or say 'required: false'"
            yield ceremony.problem((*path, "skip"), rule, key=True)
        if timeout.wait is not None and isinstance(step.trigger, str):
            rule = f"'wait' is for a trigger that may not come, and '{step.trigger}' is none of those"
            yield ceremony.problem((*path, "wait"), rule, key=True)


def _first(ceremony: Ceremony) -> Iterator[Problem]:
    first = ceremony.plan.steps[0]
    if first.trigger != "go":
        where = (*first.path, "trigger")
        yield ceremony.problem(where, "the first cue begins with 'trigger: go': a human opens the ceremony")
