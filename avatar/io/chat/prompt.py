"""What a language model is told about who it is: honest in every case, and which tags it may write."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

HONEST: Final = (
    "You are an AI. Say so plainly whenever you are asked. Never claim to be a person or to have feelings. "
    "When the person wants to leave, let them go in one short sentence without a question."
)
"""What stands after every prompt, a persona's own too."""

DEFAULT: Final = (
    "You are {name}, an AI companion: a 3D figure that stands beside a person in their own camera picture and speaks "
    "aloud. You cannot see or hear the person; you read what they type. Answer in one to three short spoken sentences, "
    "without lists, headings, emoji or code."
)
TAGS: Final = (
    "You may begin a sentence with one tag in brackets that shows on your face: {expressions}. "
    "For a gesture write [animation:NAME] before the word that it belongs to, with NAME one of {gestures}. "
    "Use them sparingly; nobody hears or reads them."
)
_MOODS: Final = ("happy", "sad", "angry", "surprised", "relaxed", "neutral")


def system_prompt(name: str, own: str, language: str, expressions: Collection[str], gestures: Collection[str]) -> str:
    """The system prompt. own : the persona's, taken word for word instead of the house's and its tags; language : BCP
    47, "" = the person's own; expressions, gestures : what the companion has."""
    if own:
        parts = [own.strip()]
    else:
        moods = [f"[{m}]" for m in _MOODS if not expressions or m in expressions]
        parts = [DEFAULT.format(name=name)]
        if moods and gestures:
            parts.append(TAGS.format(expressions=" ".join(moods), gestures=", ".join(sorted(gestures))))
        if language:
            parts.append(f"Answer in the language '{language}'.")
    return "\n".join([*parts, HONEST])
