"""The person's own word in a ceremony: told what it is before anything counts, asked before anything is done for good,
able to stop it whenever they are listened to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import actions
from .meaning import all_acts, ways
from .plan import Step
from .reading import Ceremony, Problem
from .script import END, OnAnswer, OnGesture
from .texts import variables

Leads = Callable[[int], list[int]]


def check(ceremony: Ceremony) -> list[Problem]:
    """Everything that would take the person's word away, in a script whose ids and places are right."""
    return [problem for rule in (_told, _confirmed, _asked, _stopped) for problem in rule(ceremony)]


def says_statement(step: Step) -> bool:
    """Does this step say what the ceremony is, in every language, whenever it is performed?"""
    if not (step.cue.required and step.cue.armed):
        return False
    for action in step.cue.do:
        if isinstance(action, actions.Say | actions.Vow | actions.Caption):
            text = getattr(action, type(action).__name__.lower())
            each = text.values() if isinstance(text, dict) else [text]
            if all("statement" in variables(words) for words in each):
                return True
    return False


def _reached(ceremony: Ceremony, leads: Leads) -> dict[int, int]:
    """step -> the one it is first come to from, for all that ``leads`` goes to from the first one; the number of steps
    is the end."""
    found, todo = {0: 0}, [0]
    while todo:
        at = todo.pop(0)
        for to in leads(at):
            if to not in found:
                found[to] = at
                if to < len(ceremony.plan.steps):
                    todo.append(to)
    return found


def _told(ceremony: Ceremony) -> Iterator[Problem]:
    """No way leads past the statement to a question, a vow, something done for good, or the end."""
    steps = ceremony.plan.steps
    if not any(says_statement(step) for step in steps):
        return  # ``meaning`` says so

    def leads(at: int) -> list[int]:
        timeout = steps[at].cue.timeout
        if not says_statement(steps[at]):
            return ways(ceremony, at)
        if timeout is None or timeout.wait is None or timeout.goto is None:
            return []
        return [ceremony.plan.at(timeout.goto)]

    found = _reached(ceremony, leads)
    for step in steps:
        if step.index not in found or says_statement(step):
            continue
        way = f"'{steps[found[step.index]].cue.id}' leads here before the statement is said"
        if step.cue.irreversible:
            rule = f"cue '{step.cue.id}' is done for good, and {way}: say '{{statement}}' before it on every way"
            yield ceremony.problem((*step.path, "irreversible"), rule)
        elif step.cue.answer is not None:
            rule = f"'{step.cue.id}' asks, and {way}: say '{{statement}}' before any question"
            yield ceremony.problem((*step.path, "answer"), rule, "warning", key=True)
        elif any(isinstance(action, actions.Vow) for action in step.cue.do):
            rule = f"'{step.cue.id}' has a vow, and {way}: a word that is freely given comes after it"
            yield ceremony.problem((*step.path, "id"), rule, "warning")
    if len(steps) in found:
        last = steps[found[len(steps)]]
        rule = f"from '{last.cue.id}' it ends, and on that way the statement was never said"
        yield ceremony.problem((*last.path, "id"), rule)


def _confirmed(ceremony: Ceremony) -> Iterator[Problem]:
    """Nothing is done for good unless the person has said yes; by itself it is not begun at all without."""
    steps = ceremony.plan.steps

    def leads(at: int) -> list[int]:
        answer = steps[at].cue.answer
        if answer is None or answer.of != "person":
            return [to for to in ways(ceremony, at) if to >= len(steps) or not waits_for_yes(ceremony, steps[to])]
        gotos = [branch.goto for branch in (answer.no, answer.silence)]
        places = {*ceremony.plan.places, END}
        return [ceremony.plan.at(goto) for goto in gotos if goto is not None and goto in places]

    found = _reached(ceremony, leads)
    for step in steps:
        if step.cue.irreversible and step.index in found and not waits_for_yes(ceremony, step):
            before = steps[found[step.index]].cue.id
            rule = (
                f"cue '{step.cue.id}' is done for good, and '{before}' leads to it without the person's yes: ask the "
                "person in a cue before it, and go to it on a yes only"
            )
            # GO and a gesture are a human's word at least, which may be meant for it
            by_hand = step.trigger == "go" or isinstance(step.trigger, OnGesture)
            yield ceremony.problem((*step.path, "irreversible"), rule, "warning" if by_hand else "error")


def waits_for_yes(ceremony: Ceremony, step: Step) -> bool:
    """Is the step's trigger the person's yes?"""
    trigger = step.trigger
    if not isinstance(trigger, OnAnswer) or trigger.answer.of != "yes":
        return False
    asks = ceremony.plan.step(trigger.answer.to)
    return asks is not None and asks.cue.answer is not None and asks.cue.answer.of == "person"


def _asked(ceremony: Ceremony) -> Iterator[Problem]:
    script, steps = ceremony.script, ceremony.plan.steps
    if script.kind == "other" or any(s.cue.answer is not None and s.cue.answer.of == "person" for s in steps):
        return
    rule = f"the person is never asked: a {script.kind} has a question with 'answer: {{of: person, …}}' before its rite"
    yield ceremony.problem(("kind",), rule, "warning")


def _stopped(ceremony: Ceremony) -> Iterator[Problem]:
    """While an answer is awaited, words stop it too; and stopping is answered."""
    script = ceremony.script
    asks = [step for step in ceremony.plan.steps if step.cue.answer is not None]
    if not asks:
        return
    for language in script.languages:
        stops = script.stop.words.get(language, [])
        if not stops:
            rule = f"'stop' has no 'words' in '{language}': while an answer is awaited, only the button stops it"
            yield ceremony.problem(("stop",), rule, "warning")
        plain = {bare(words): words for words in stops}
        for step in asks:
            for name in ("yes", "no"):
                for k, phrase in enumerate(getattr(step.cue.answer, name).words.get(language, ())):
                    if bare(phrase) in plain:
                        rule = f"'{phrase}' would mean {name}, and stop the ceremony: each phrase has one meaning"
                        yield ceremony.problem((*step.path, "answer", name, "words", language, k), rule)
    if not any(step is None and isinstance(a, actions.Say | actions.Caption) for a, _, step in all_acts(ceremony)):
        rule = "'stop' says nothing: begin its 'do' with a line that lets everybody go kindly"
        yield ceremony.problem(("stop",), rule, "warning")


def bare(phrase: str) -> str:
    """A phrase in small letters, without marks."""
    return " ".join("".join(c if c.isalnum() or c == "'" else " " for c in phrase.casefold()).split())
