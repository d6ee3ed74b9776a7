"""``avatar chat``: who answers, the lines a person types, and the stage that speaks, this process's or another."""

from __future__ import annotations

import queue
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TextIO

from ..animate import persona as personas
from ..animate.library import GESTURES
from ..animate.persona import Persona
from ..care import consent
from ..care.disclosure import notice
from ..config import Settings
from ..errors import ChatError, PortError, UsageError
from ..events.tags import Words
from ..io.chat import scripted
from ..io.chat.completions import Completions, base_of
from ..io.chat.history import BUDGET, History
from ..io.chat.prompt import system_prompt
from ..io.chat.scripted import Script
from ..io.servers.server import host_of, is_local
from ..io.transports.client import Caller
from ..io.transports.tokens import local_token
from .assemble import Assembly, Tell, stage
from .loops import Hooks, live
from .report import Report
from .stopping import stop_signals
from .talk import Backend, Talk
from .voicing import consent_file

COMPANION: Final = "Hikari"
"""Whom a persona without a name of its own speaks as, where nothing says who stands there."""
HINT: Final = "type, and Enter; a new line stops what is being said; /stop, bye"
_TAIL_S: Final = 0.8
_WAITING_LINES: Final = 64
_LOOK_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """backend : ``server`` or ``scripted``; base_url, model, key_env : of the server; persona : house name or file;
    budget : tokens of a request, by the estimate; connect : the event door of a stage that runs, None = one of this
    process; token : what it needs to let us in; seed : of the script; language :
    BCP 47, of what is said, "" = as the persona says."""

    backend: str = "server"
    base_url: str = ""
    model: str = ""
    key_env: str = ""
    persona: str = "default"
    budget: int = BUDGET
    connect: str | None = None
    token: str | None = None
    seed: int = 0
    language: str = ""

    def __post_init__(self) -> None:
        if self.backend not in ("server", "scripted"):
            raise UsageError(f"backend '{self.backend}': server or scripted")
        if self.backend == "scripted" and (self.base_url or self.model):
            raise UsageError("backend scripted needs no server: leave out --base-url and --model")
        if self.backend == "server":
            if not self.base_url:
                raise UsageError("say who answers: --base-url URL --model NAME, or --backend scripted")
            base_of(self.base_url)  # refused here, before anything is opened
            if not self.model:
                raise UsageError("say which of the server's models answers: --model NAME")
        if self.connect is not None and not re.fullmatch(r"wss?://[^/\s]+/\S*", self.connect):
            raise UsageError(f"connect '{self.connect[:80]}': write it as ws://HOST:PORT/v1/events")
        if not 200 <= self.budget <= 1_000_000:
            raise UsageError(f"budget {self.budget}: must be 200 to 1000000 tokens")


Show = Callable[[str], None]
"""Prints the answer's words as they come."""


def run(
    chat: ChatSettings, settings: Settings, started: float, tell: Tell, show: Show, lines: TextIO | None = None
) -> dict[str, Any]:
    """A conversation until its lines end, the person leaves or the stage is over; its facts.

    lines : where they come from, None = standard input. Raises what a stage raises, and ChatError where the person has
    not consented to the server, before anything is opened or sent.
    """
    persona = personas.load(chat.persona)
    backend = _backend(chat, persona, tell)
    backend.check()
    tell(notice())
    if isinstance(backend, Script):
        tell(scripted.LABEL.get(_language(chat, persona).split("-")[0].lower(), scripted.LABEL["en"]))
    elif not backend.local:
        tell(f"what you type, and what was said, goes to {backend.host}; no picture and no sound ever does")
    source = lines if lines is not None else sys.stdin
    if chat.connect is not None:
        return _elsewhere(chat, persona, backend, tell, show, source)
    return _here(chat, persona, backend, settings, started, tell, show, source)


def _here(
    chat: ChatSettings,
    persona: Persona,
    backend: Backend,
    settings: Settings,
    started: float,
    tell: Tell,
    show: Show,
    source: TextIO,
) -> dict[str, Any]:
    report = Report(started)
    with stage(settings, report, tell) as whole:
        parts = whole.parts
        client, lock = parts.doors.memory(), threading.Lock()

        def send(type: str, **data: Any) -> dict[str, Any]:
            with lock:
                return client.send(type, **data)

        words = Words(parts.model.expressions, GESTURES).known(persona.tags.emotions, persona.tags.motions)
        talk = _talk(chat, persona, backend, parts.model.name, words, send, whole.clock.now, tell, show)
        hooks = Hooks(stop=stop_signals())
        typing = Typing(talk, source, tell)

        def each(elapsed: float) -> None:
            for event in client.received():
                talk.hear(event)
            talk.tick()
            if typing.over_since is not None and _quiet(whole, typing.over_since):
                hooks.stop.set()

        hooks.first, hooks.each = (lambda now: typing.start()), each
        live(whole, tell, hooks)
        talk.lost("the stage is over")
    facts = report.facts() | _facts(talk)
    if settings.record is not None:
        facts["mp4"] = str(settings.record)
    if settings.still is not None:
        facts["png"] = str(settings.still)
    return facts


def _elsewhere(
    chat: ChatSettings, persona: Persona, backend: Backend, tell: Tell, show: Show, source: TextIO
) -> dict[str, Any]:
    assert chat.connect is not None
    host = host_of(chat.connect)
    if not is_local(host) and not consent.allowed(consent_file(), "remote-chat", host):
        raise ChatError(
            f"the answers would be spoken on a stage at {host}; to allow it: avatar consent grant remote-chat {host}"
        )
    link = Caller(chat.connect, "avatar chat", chat.token or local_token(), ["speak"])
    try:
        can = link.welcome["data"]["capabilities"]
        ahead = link.welcome["data"]["clock"] - time.monotonic()
        words = Words(can.get("expressions") or None, can.get("gestures") or None)
        words = words.known(persona.tags.emotions, persona.tags.motions)

        def send(type: str, **data: Any) -> dict[str, Any]:
            try:
                return link.send(type, **data)
            except PortError as error:
                talk.lost(str(error))
                return {"type": "presence.error", "data": {"id": None, "code": "internal", "message": str(error)}}

        name = next(iter(can.get("companions") or ()), COMPANION)
        talk = _talk(
            chat, persona, backend, name, words, send, lambda: time.monotonic() + ahead, tell, show, rewrite=True
        )

        def receive() -> None:
            for event in link.receive():
                talk.hear(event)
            talk.lost("the engine is gone")

        stop, typing = stop_signals(), Typing(talk, source, tell)
        threading.Thread(target=receive, name="chat-news", daemon=True).start()
        typing.start()
        while typing.over_since is None and not stop.wait(_LOOK_S):
            talk.tick()
        if stop.is_set():
            talk.interrupt()
        elif talk.gone:
            tell(talk.gone)
    finally:
        link.close()
    return _facts(talk)


class Typing:
    """The lines a person types or another program pipes in, each a turn of the talk, in two threads of their own. From
    a keyboard, a new line stops what is being said; from a pipe each waits for the one before it.

    over_since : when the last turn was over, seconds on ``time.monotonic``, None while there may be more."""

    def __init__(self, talk: Talk, source: TextIO, tell: Tell) -> None:
        self.over_since: float | None = None
        self._talk, self._source, self._tell = talk, source, tell
        self._lines: queue.Queue[str | None] = queue.Queue(_WAITING_LINES)
        self._keyboard = source.isatty()

    def start(self) -> None:
        """Begin."""
        if self._keyboard:
            self._tell(HINT)
        threading.Thread(target=self._read, name="chat-lines", daemon=True).start()
        threading.Thread(target=self._work, name="chat", daemon=True).start()

    def _read(self) -> None:
        lines: Iterable[str] = iter(self._source.readline, "")
        try:
            for line in lines:
                if self._keyboard:
                    self._talk.interrupt()
                self._lines.put(line)
        except (OSError, ValueError) as error:
            self._tell(f"the lines cannot be read ({error})")
        self._lines.put(None)

    def _work(self) -> None:
        try:
            while (line := self._lines.get()) is not None and self._talk.turn(line):
                pass
        finally:
            self.over_since = time.monotonic()


def _quiet(whole: Assembly, since: float) -> bool:
    """Is all said, and the last movement under way to its end?"""
    return not whole.parts.conversation.busy and time.monotonic() - since > _TAIL_S


def _backend(chat: ChatSettings, persona: Persona, tell: Tell) -> Script | Completions:
    if chat.backend == "scripted":
        name = COMPANION if persona.name == "default" else persona.name
        return Script(name, _language(chat, persona), persona.quiet, chat.seed)
    return Completions(
        chat.base_url,
        chat.model,
        lambda host: consent.allowed(consent_file(), "remote-chat", host),
        tell,
        chat.key_env,
    )


def _talk(
    chat: ChatSettings,
    persona: Persona,
    backend: Backend,
    companion: str,
    words: Words,
    send: Callable[..., dict[str, Any]],
    now: Callable[[], float],
    tell: Tell,
    show: Show,
    rewrite: bool = False,
) -> Talk:
    name = companion if persona.name in personas.names() else persona.name
    language = _language(chat, persona)
    prompt = system_prompt(name, persona.chat.prompt, language, words.expressions or (), words.gestures or ())
    return Talk(backend, send, History(prompt, chat.budget), words, now, tell, show, rewrite, language)


def _language(chat: ChatSettings, persona: Persona) -> str:
    return chat.language or persona.chat.language


def _facts(talk: Talk) -> dict[str, Any]:
    """Of the conversation, ready for JSON; never its words."""
    words, sounds = ([pair[k] for pair in talk.waits] for k in (0, 1))
    return {
        "answers": len(talk.waits),
        "failed": talk.failed,
        "first_word_ms": round(1000 * statistics.median(words), 1) if words else None,
        "word_to_sound_ms": round(1000 * statistics.median(sounds), 1) if sounds else None,
    }
