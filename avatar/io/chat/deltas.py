"""What one event of a streamed answer says: words to speak, and nothing of what a model thinks or wants to call."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from ..servers.server import said_by

_OPEN: Final = re.compile(r"<\s*(think|thinking|thought|reasoning|reflection)\s*>", re.IGNORECASE)
_CLOSE: Final = re.compile(r"<\s*/\s*(think|thinking|thought|reasoning|reflection)\s*>", re.IGNORECASE)
_PART: Final = re.compile(r"<[\s/]*[a-z]{0,10}\s*", re.IGNORECASE)
_LONGEST: Final = 24
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Delta:
    """text : words to be spoken, still with their tags; finish : why it ended, "" while it goes on; tools : names of
    tools that the model wants to call; thought : it sent what it thinks; error : the server's own words for a failure
    in the middle of its answer, None where there is none."""

    text: str = ""
    finish: str = ""
    tools: tuple[str, ...] = ()
    thought: bool = False
    error: str | None = None


def read(event: Any) -> Delta | None:
    """One decoded event of a stream, or a whole answer that was not streamed; None for what is neither."""
    if not isinstance(event, dict):
        return None
    if event.get("error"):
        return Delta(error=said_by(event) or said_by({"error": event["error"]}) or ": it says that it failed")
    choices = event.get("choices")
    if not isinstance(choices, list):
        return None
    if not choices or not isinstance(choices[0], dict):
        return Delta()  # the last event of a server that counts tokens has none
    choice = choices[0]
    delta = choice.get("delta") or choice.get("message")
    if not isinstance(delta, dict):
        delta = {"content": choice.get("text")}
    finish = choice.get("finish_reason")
    thought = any(delta.get(name) for name in ("reasoning_content", "reasoning", "thinking"))
    return Delta(_content(delta), finish if isinstance(finish, str) else "", _tools(delta), thought)


def _content(delta: dict[str, Any]) -> str:
    content = delta.get("content")
    if isinstance(content, list):  # as parts, {"type": "text", "text": …}
        parts = [p.get("text") for p in content if isinstance(p, dict) and p.get("type") == "text"]
        content = "".join(p for p in parts if isinstance(p, str))
    if not content:
        content = delta.get("refusal")
    return content if isinstance(content, str) else ""


def _tools(delta: dict[str, Any]) -> tuple[str, ...]:
    calls = delta.get("tool_calls")
    called = [c.get("function") for c in calls if isinstance(c, dict)] if isinstance(calls, list) else []
    called.append(delta.get("function_call"))
    names = (f.get("name") for f in called if isinstance(f, dict))
    return tuple(n[:_KEPT] for n in names if isinstance(n, str) and n)


@dataclass(slots=True)
class Thoughts:
    """Takes ``<think>…</think>`` out of words that come in pieces: ``feed`` each, then ``finish``.

    thought : something was taken out; open : what the model thinks is not over yet.
    """

    thought: bool = False
    open: bool = False
    _held: str = ""
    _begun: bool = field(default=False)

    def feed(self, piece: str) -> str:
        """The words that ``piece`` completed, without thoughts."""
        rest, self._held = self._held + piece, ""
        out: list[str] = []
        while rest:
            mark = (_CLOSE if self.open else _OPEN).search(rest)
            stray = None if self.open else _CLOSE.search(rest)
            if stray and (mark is None or stray.start() < mark.start()):  # its beginning was in the prompt
                out.append(rest[: stray.start()])
                rest, self.thought = rest[stray.end() :], True
            elif mark:
                if not self.open:
                    out.append(rest[: mark.start()])
                rest, self.open, self.thought = rest[mark.end() :], not self.open, True
            else:
                begin = self._partial(rest)
                self._held = rest[begin:]
                if not self.open:
                    out.append(rest[:begin])
                break
        return self._spoken("".join(out))

    def finish(self) -> str:
        """No more comes: what only looked like the beginning of a mark is words."""
        rest, self._held = self._held, ""
        return "" if self.open else self._spoken(rest)

    def _spoken(self, words: str) -> str:
        if self.thought and not self._begun:
            words = words.lstrip()
        self._begun = self._begun or bool(words)
        return words

    @staticmethod
    def _partial(text: str) -> int:
        """Where the beginning of a mark stands that the next piece may complete; the text's length where none does."""
        at = text.rfind("<", max(0, len(text) - _LONGEST))
        return at if at >= 0 and _PART.fullmatch(text, at) else len(text)
