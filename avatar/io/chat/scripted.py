"""The built-in backend without a server: a short script that greets, says back what a person said and answers a few
simple things. It is no language model and says so. Pure: equal lines and an equal seed, equal answers.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator, Sequence
from typing import Final

from .history import Message
from .script_lines import LINES, PERSONS, WORDS

LABEL: Final = {
    "en": "scripted: the answers come from a short script, not from a language model; nothing leaves this machine",
    "ja": "台本: 答えは言語モデルではなく短い台本のものです。何もこの機械の外に出ません",
}
_SAID: Final = re.compile(r"^\s*(?:i|we)(?:'m|\s+am|\s+was|'ve)?\s+\S", re.IGNORECASE)
_MINE: Final = re.compile(r"^\s*my\s+([\w' -]{2,60})", re.IGNORECASE)
_GESTURE: Final = re.compile(r"\[animation:[a-z_]+\]\s*")
_JAPANESE: Final = re.compile(r"[぀-ヿ一-鿿]")
_LONGEST: Final = 90


class Script:
    """name : whom it answers as; language : en or ja, "" = the person's own; quiet : no gestures; seed : which of
    several lines it says."""

    def __init__(self, name: str, language: str = "", quiet: bool = False, seed: int = 0) -> None:
        self._name, self._quiet, self._seed = name, quiet, seed
        self._language = language.split("-")[0].lower()

    def reply(self, messages: Sequence[Message], stop: threading.Event) -> Iterator[str]:
        """The answer to the newest turn, word by word, its tags cut as streams cut them."""
        for piece in re.findall(r"\S{1,5}|\s+", self.answer(messages)):
            if stop.is_set():
                return
            yield piece

    def cancel(self) -> None:
        """Nothing waits."""

    def check(self) -> None:
        """Nothing is needed."""

    def answer(self, messages: Sequence[Message]) -> str:
        """The same whole. It goes by the newest turn, and by how many there were."""
        said = [m.text for m in messages if m.role == "user"]
        text = said[-1] if said else ""
        language = self._language if self._language in LINES else "ja" if _JAPANESE.search(text) else "en"
        kind, words = _about(text, language)
        choices = LINES[language][kind]
        chance = random.Random(f"{self._seed} {len(said)} {text}")
        line = chance.choice(choices).format(name=self._name, you=words, mine=words)
        return _GESTURE.sub("", line) if self._quiet else line


def _about(text: str, language: str) -> tuple[str, str]:
    """(kind of line, the person's words turned round)."""
    text = text.strip().replace("’", "'")
    kind = next((k for k, pattern in WORDS[language] if re.search(pattern, text, re.IGNORECASE)), "")
    if kind:
        return kind, ""
    if re.search(r"[?？]|か。?$", text) if language == "ja" else "?" in text:
        return "question", ""
    clause = re.split(r"[.!?;,。！？、\n]", text)[0].strip()
    clause = re.sub(r"[\[\]<>{}|*「」]", "", clause)[:_LONGEST].strip()
    if language == "ja":
        return ("reflect", clause) if clause else ("else", "")
    if found := _MINE.match(clause):
        return "mine", turned(found[1])
    if _SAID.match(clause):
        return "reflect", re.sub(r"^you\s+", "", turned(clause))
    return "else", ""


def turned(clause: str) -> str:
    """``I am tired of my work`` → ``you are tired of your work``."""
    clause = re.sub(r"\b(i|we) was\b", "you were", clause, flags=re.IGNORECASE)
    clause = re.sub(r"\bi am\b", "you are", clause, flags=re.IGNORECASE)
    words = re.findall(r"[\w']+|[^\w']+", clause)
    return "".join(PERSONS.get(w.lower(), w) for w in words).strip()
