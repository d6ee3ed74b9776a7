"""One conversation with a backend: what the person says goes out, what comes back goes to a stage as it comes.

Threads: ``turn`` belongs to one worker; ``hear``, ``tick`` and ``interrupt`` may be called from any other.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ..care import farewell
from ..errors import ChatError
from ..events.rewriting import Rewriter
from ..events.tags import Words
from ..io.chat.history import History, Message

LONGEST_LINE: Final = 8000
LONGEST_ANSWER: Final = 90_000
"""Characters of an answer that are spoken."""
ALIVE_S: Final = 2.0
"""A stage ends an utterance of which nothing comes for 4 s: so often it is told that more will, seconds."""
_PIECE: Final = 16_000
_AGAIN_S: Final = 0.05
_STOPPED_S: Final = 2.0
_LONGEST_SPEECH_S: Final = 1800.0
_FAREWELL_S: Final = 4.0
_BYE: Final = re.compile(
    r"\W*(/bye|/quit|/exit|bye|bye[ -]?bye|good[ -]?bye|さようなら|さよなら|またね|バイバイ)\W*", re.IGNORECASE
)

Send = Callable[..., dict[str, Any]]
"""Sends one event, ``send(type, **data)``, and returns the stage's whole answer."""


class Backend(Protocol):
    """Who answers."""

    def check(self) -> None:
        """Raises ChatError where it cannot answer, before anything is sent."""
        ...

    def reply(self, messages: Sequence[Message], stop: threading.Event) -> Iterator[str]:
        """The answer's words as they come; ends early when ``stop`` is set. Raises ChatError."""
        ...

    def cancel(self) -> None:
        """Wake a ``reply`` whose ``stop`` is set."""
        ...


@dataclass(eq=False, slots=True)
class Answer:
    """One answer on its way. begun : words of it went to the stage; final : all did; ended : it is heard, or stopped;
    heard : characters of its text that were, None = all; asked, came : when, seconds on the stage's clock."""

    utterance: str
    asked: float
    stop: threading.Event = field(default_factory=threading.Event)
    begun: bool = False
    final: bool = False
    ended: bool = False
    heard: int | None = None
    came: float | None = None
    sounded: bool = False
    touched: float = 0.0
    captions: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)


class Talk:
    """backend : who answers; send : the way to the stage; history : what was said; words : what tags may name;
    now : the stage's clock; tell : what the person should know, in a line; show : the answer's words as they come;
    rewrite : the stage does not know this persona's words for tags.

    waits : for each answer that sounded, seconds from the line to its first word, and from that to the first sound;
    failed : answers that could not be given whole.
    """

    def __init__(
        self,
        backend: Backend,
        send: Send,
        history: History,
        words: Words,
        now: Callable[[], float],
        tell: Callable[[str], None],
        show: Callable[[str], None],
        rewrite: bool = False,
        language: str = "en",
    ) -> None:
        self.history, self.failed = history, 0
        self.waits: list[tuple[float, float]] = []
        self._backend, self._send, self._words, self._now = backend, send, words, now
        self._tell, self._show, self._rewrite, self._language = tell, show, rewrite, language or "en"
        self._news = threading.Condition()
        self._answer: Answer | None = None
        self._warned: set[str] = set()
        self._lost = ""
        self._farewell = ""
        self._left = False

    def turn(self, line: str) -> bool:
        """Answer one line, until the answer is heard or stopped; False when the conversation is over."""
        line = line.strip()
        if self._lost:
            return False
        if not line or line == "/stop":
            return True
        if _BYE.fullmatch(line):
            self.goodbye()
            return False
        if len(line) > LONGEST_LINE:
            self._tell(f"a line has at most {LONGEST_LINE:,} characters; this one was not sent")
            return True
        self.history.add("user", line)
        answer = Answer(f"chat-{uuid.uuid4().hex[:12]}", self._now())
        with self._news:
            self._answer = answer
        rewriter = Rewriter(self._words, self._rewrite)
        try:
            self._stream(answer, rewriter)
        except ChatError as error:
            self.failed += 1
            self._tell(str(error))
        finally:
            self._close(answer, rewriter)
        self._wait(answer)
        self.history.add("assistant", _heard(rewriter.plain, answer))
        with self._news:
            self._answer = None
        return not self._lost

    def interrupt(self) -> bool:
        """Stop the answer that is coming or being said; whether there was one."""
        with self._news:
            answer = self._answer
            if answer is None or answer.ended or answer.stop.is_set():
                return False
            answer.stop.set()
        self._backend.cancel()
        if answer.begun:
            self._send("presence.interrupt", utterance=answer.utterance)
        return True

    def goodbye(self) -> None:
        """Leave in one step: whatever is being said stops, one line is said, and that is the end."""
        self._send("presence.interrupt")
        with self._news:
            self._farewell, self._left = "*", False
        if self._send("presence.goodbye").get("type") == "presence.error":
            line = farewell.goodbye(self._language)
            self._show(f"{line}\n")
            with self._news:
                self._farewell = f"bye-{uuid.uuid4().hex[:8]}"
            self._send("presence.say", text=line, utterance=self._farewell)
        with self._news:
            self._news.wait_for(lambda: self._left or bool(self._lost), _FAREWELL_S)

    def hear(self, event: dict[str, Any]) -> None:
        """News from the stage."""
        kind, data = event["type"], event["data"]
        with self._news:
            if kind in ("presence.speech.finished", "presence.speech.interrupted"):
                self._left = self._left or (kind.endswith("finished") and self._farewell in ("*", data["utterance"]))
                self._news.notify_all()
            if kind == "presence.caption" and self._farewell == "*":
                self._show(f"{data['text']}\n")
            answer = self._answer
            if answer is None:
                return
            if kind == "presence.error" and data["id"] in answer.ids:
                self._tell(f"the stage: {data['message']}")
                self.failed += 1
                answer.ended = True
            elif data.get("utterance") != answer.utterance:
                return
            elif kind == "presence.caption":
                answer.captions.append(data["text"])
            elif kind == "presence.speech.started" and answer.came is not None and not answer.sounded:
                answer.sounded = True
                self.waits.append((answer.came - answer.asked, data["at"] - answer.came))
            elif kind == "presence.speech.finished":
                answer.ended = answer.final
            elif kind == "presence.speech.interrupted":
                answer.ended = True
                heard = data.get("heard")
                answer.heard = len(" ".join(answer.captions[:-1])) if heard is None else heard
                answer.stop.set()
                self._backend.cancel()
            self._news.notify_all()

    def tick(self) -> None:
        """Keep an answer open whose next words take long. To be called a few times a second."""
        with self._news:
            answer = self._answer
            if answer is None or not answer.begun or answer.final or answer.stop.is_set():
                return
            if self._now() - answer.touched < ALIVE_S:
                return
            answer.touched = self._now()
        self._send("presence.say.delta", utterance=answer.utterance, text="")

    def lost(self, reason: str) -> None:
        """The stage is gone."""
        with self._news:
            self._lost = reason
            if self._answer is not None:
                self._answer.ended = True
                self._answer.stop.set()
            self._news.notify_all()
        self._backend.cancel()

    @property
    def gone(self) -> str:
        """Why the stage is gone; "" while it is there."""
        return self._lost

    @property
    def busy(self) -> bool:
        """Is an answer coming, or being said?"""
        with self._news:
            return self._answer is not None

    def _stream(self, answer: Answer, rewriter: Rewriter) -> None:
        """Words to the stage as they come, from the first on that can be pronounced."""
        waiting, last = "", ""
        for piece in self._backend.reply(self.history.messages(), answer.stop):
            if answer.stop.is_set():
                return
            plain, out = rewriter.feed(piece)
            self._warn(rewriter)
            if plain.strip() and answer.came is None:
                answer.came = self._now()
            self._show(plain)
            last = plain or last
            waiting += out
            if rewriter.speakable and waiting:
                self._put(answer, waiting)
                waiting = ""
            if len(rewriter.plain) > LONGEST_ANSWER:
                self._backend.cancel()
                raise ChatError(f"the answer is longer than {LONGEST_ANSWER:,} characters; the rest is left out")
        plain, out = rewriter.finish()
        self._show(plain)
        waiting += out
        if rewriter.speakable and waiting:
            self._put(answer, waiting)
        elif waiting and rewriter.acts and not answer.stop.is_set():
            self._send("presence.say", text=waiting)

    def _close(self, answer: Answer, rewriter: Rewriter) -> None:
        """Nothing more comes of it, whatever the reason: what came is spoken to its end."""
        if rewriter.plain:
            self._show("\n")
        with self._news:
            answer.final = True
            answer.ended = answer.ended or not answer.begun
        if answer.begun:
            try:
                self._put(answer, "", final=True)
            except ChatError as error:
                self._tell(str(error))

    def _put(self, answer: Answer, text: str, final: bool = False) -> None:
        for at in range(0, max(1, len(text)), _PIECE):
            while not self._lost:
                part = text[at : at + _PIECE]
                with self._news:
                    answer.begun, answer.touched = True, self._now()
                reply = self._send("presence.say.delta", utterance=answer.utterance, text=part, final=final)
                data = reply.get("data", {})
                if reply.get("type") != "presence.error":
                    answer.ids.add(data.get("id", ""))
                    break
                if data.get("code") != "rate_limited" or answer.stop.wait(_AGAIN_S):
                    if answer.stop.is_set():
                        return
                    raise ChatError(f"the stage: {data.get('message', 'it takes no words')}")

    def _wait(self, answer: Answer) -> None:
        """Until it is heard or stopped."""
        with self._news:
            self._news.wait_for(lambda: answer.ended or answer.stop.is_set(), _LONGEST_SPEECH_S)
            if not answer.ended:
                self._news.wait_for(lambda: answer.ended, _STOPPED_S)

    def _warn(self, rewriter: Rewriter) -> None:
        for name in rewriter.unknown():
            if name.lower() not in self._warned:
                self._warned.add(name.lower())
                self._tell(f"the tag '{name}' means nothing to this companion and is left out (docs/CHAT.md)")


def _heard(text: str, answer: Answer) -> str:
    """What of an answer goes into the history."""
    if not answer.begun:
        return ""
    if not answer.stop.is_set():
        return text
    heard = 0 if answer.heard is None else answer.heard
    said = text[:heard].rstrip()
    return f"{said} …" if said and heard < len(text) else said
