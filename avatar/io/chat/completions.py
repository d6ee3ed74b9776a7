"""A chat server: the request ``POST {base}/chat/completions`` with ``stream: true`` that OpenAI documented and Ollama,
LM Studio, llama.cpp, vLLM and many more answer.

Only text goes there: the system prompt, what the person typed and what was said, the model's name, and the key where
one is set; to another machine only where the person has consented to that very host.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from ...errors import ChatError, UsageError
from ..servers.server import (
    RETRIED,
    Allowed,
    KeyMissingError,
    detail,
    fault_of,
    host_of,
    is_local,
    key_header,
    line_to,
    path_of,
    words,
)
from .deltas import Delta, Thoughts, read
from .history import Message
from .lines import DONE, Lines, TooLongError
from .waiting import asked_for, back_off

LARGEST: Final = 16 << 20
"""Bytes of one answer, at most."""
_REFUSAL: Final = 1 << 16
_PORTION: Final = 1 << 14
ENDS: Final = {
    "length": "the answer was cut off: the model has reached the most it may write",
    "content_filter": "the server's filter has held back the rest of the answer",
}
"""What a person is told of an end that is none."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds. connect : until the server takes the call; first : until its first word, which takes a local model long
    that must be loaded first; between : from one word to the next; most : that a server may ask to wait before it is
    asked again. tries : how often it is asked in all."""

    connect: float = 5.0
    first: float = 120.0
    between: float = 30.0
    most: float = 60.0
    tries: int = 4


def base_of(url: str) -> str:
    """A server's address as requests need it: ``/v1`` where no path is given, nothing after it. Raises UsageError."""
    url = url.strip().rstrip("/").removesuffix("/chat/completions")
    if fault := fault_of(url):
        raise UsageError(f"base-url '{url[:80]}': {fault}")
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise UsageError(f"base-url '{url[:80]}': an address without ? and #")
    return url if parts.path else f"{url}/v1"


class Completions:
    """One model of one server. base : its address, checked by ``base_of``; key_env : the environment variable with its
    key, "" = none; allowed : asked before every request; tell : what a person should know, in a line."""

    def __init__(
        self,
        base: str,
        model: str,
        allowed: Allowed,
        tell: Callable[[str], None],
        key_env: str = "",
        waits: Waits = Waits(),
    ) -> None:
        self.base, self.model, self.host = base_of(base), model, host_of(base_of(base))
        self._allowed, self._tell, self._key_env, self._waits = allowed, tell, key_env, waits
        self._line: http.client.HTTPConnection | None = None
        self._answer: http.client.HTTPResponse | None = None
        self._sock: socket.socket | None = None
        self._lock = threading.Lock()
        self._connected = False

    @property
    def local(self) -> bool:
        """Is the server on this machine?"""
        return is_local(self.host)

    def check(self) -> None:
        """Nothing is sent. Raises ChatError where the person has not consented to the host, or the key is missing."""
        if not self.local and not self._allowed(self.host):
            raise ChatError(
                f"the chat would send what you type to {self.host}; to allow it: "
                f"avatar consent grant remote-chat {self.host}"
            )
        self._headers()

    def reply(self, messages: Sequence[Message], stop: threading.Event) -> Iterator[str]:
        """The answer's words as they come, still with their tags. Blocks between them for as long as ``Waits`` allows;
        ends early, without a word, when ``stop`` is set and ``cancel`` called.

        Raises ChatError, which names the host; after the first word nothing is asked again, so nothing comes twice.
        """
        for tries in range(1, self._waits.tries + 1):
            self.check()
            if stop.is_set():
                return
            try:
                answer = self._asked(messages, stop)
                wait: float | None = None
                if answer.status == 200:
                    yield from self._words(answer, stop)
                    return
                status, data = answer.status, answer.read(_REFUSAL)
                reason = _refusal(status, data)
                if status in RETRIED:
                    wait = asked_for({k.lower(): v for k, v in answer.getheaders()}, datetime.now(UTC))
                if status not in RETRIED or (wait is not None and wait > self._waits.most):
                    later = f"; it asks to wait {wait:.0f} s" if wait else ""
                    raise ChatError(f"{self.host}: {reason}{later}")
            except (OSError, http.client.HTTPException, ValueError) as error:
                if stop.is_set():
                    return
                if isinstance(error, TimeoutError) and self._connected:
                    raise ChatError(f"{self.host}: {words(error)}") from None
                reason, wait = f"it does not answer ({words(error)})", None
            finally:
                self._hang_up()
            if tries == self._waits.tries:
                raise ChatError(f"{self.host}: {reason}, {tries} times")
            seconds = back_off(tries) if wait is None else wait
            self._tell(f"{self.host}: {reason}; asking again in {seconds:.1f} s")
            if stop.wait(seconds):
                return

    def cancel(self) -> None:
        """Let a ``reply`` whose ``stop`` is set end now. Any thread."""
        with self._lock:
            sock = self._sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream", "User-Agent": "presence"}
        try:
            return headers | key_header(self._key_env)
        except KeyMissingError as error:
            raise ChatError(f"{self.host}: {error}") from None

    def _asked(self, messages: Sequence[Message], stop: threading.Event) -> http.client.HTTPResponse:
        """The answer's beginning. Never follows a redirection, which would be another host."""
        turns = [{"role": m.role, "content": m.text} for m in messages]
        body = json.dumps({"model": self.model, "messages": turns, "stream": True}, ensure_ascii=False).encode()
        line = line_to(self.base, self._waits.connect)
        with self._lock:
            self._line = line
        self._connected = False
        line.connect()
        self._connected = True
        line.sock.settimeout(self._waits.first)
        with self._lock:
            self._sock = line.sock  # the connection itself forgets it as soon as an answer says that it is the last
        if stop.is_set():  # before there was anything that ``cancel`` could shut
            raise ConnectionAbortedError
        line.request("POST", path_of(self.base, "/chat/completions"), body, self._headers())
        self._answer = line.getresponse()
        return self._answer

    def _hang_up(self) -> None:
        with self._lock:
            line, self._line, self._sock = self._line, None, None
        answer, self._answer = self._answer, None
        for each in (answer, line):
            if each is not None:
                each.close()

    def _words(self, answer: http.client.HTTPResponse, stop: threading.Event) -> Iterator[str]:
        """The words of an answer that has begun. Raises OSError and HTTPException before the first word only; ChatError
        for what is no answer, or breaks off."""
        thoughts, end, spoken, thinking = Thoughts(), "", False, False
        tools: list[str] = []
        try:
            for event in self._events(answer, stop):
                delta = Delta(finish="stop") if event == DONE and not end else read(event)
                if delta is None:
                    continue
                if delta.error is not None:
                    raise _BrokenOffError(f"it broke off{delta.error}")
                end, thinking = delta.finish or end, thinking or delta.thought
                tools += delta.tools
                if text := thoughts.feed(delta.text):
                    spoken = spoken or bool(text.strip())
                    yield text
                if event == DONE:
                    break
            if text := thoughts.finish():
                spoken = True
                yield text
        except _BrokenOffError as error:
            raise ChatError(f"{self.host}: {error}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            if stop.is_set():
                return
            if not spoken and not isinstance(error, TimeoutError):
                raise
            slow = isinstance(error, TimeoutError)
            what = "it takes too long" if slow and not spoken else "it has gone silent" if slow else "it broke off"
            raise ChatError(f"{self.host}: {what}{'' if slow else f' ({words(error)})'}") from None
        if stop.is_set():
            return
        for line in self._told(end, spoken, thinking or thoughts.thought, tools):
            self._tell(line)
        if not end and spoken:
            raise ChatError(f"{self.host}: the answer ended without its end; what came of it is said")
        if not spoken and not tools:
            thought = " but thoughts" if thinking or thoughts.thought else ""
            raise ChatError(f"{self.host}: it answers with nothing{thought}")

    def _told(self, end: str, spoken: bool, thought: bool, tools: Sequence[str]) -> Iterator[str]:
        if end in ENDS:
            yield f"{self.host}: {ENDS[end]}"
        if tools:
            yield f"{self.host}: the model wants to call {', '.join(dict.fromkeys(tools))}; nothing is called from here"

    def _events(self, answer: http.client.HTTPResponse, stop: threading.Event) -> Iterator[Any]:
        """Every decoded event, while words keep coming: comments that keep the line alive are none."""
        kind = answer.getheader("Content-Type", "").lower()
        if "html" in kind:
            raise _BrokenOffError("it answers with a web page, not with words; is the address right, with its /v1?")
        sock = self._sock
        lines, taken, found = Lines(), 0, False
        deadline = time.monotonic() + self._waits.first
        if "json" in kind and "stream" not in kind and "ndjson" not in kind:
            data = answer.read(LARGEST)
            try:
                yield json.loads(data)
            except (ValueError, RecursionError):
                raise _BrokenOffError("its answer is no JSON") from None
            return
        try:
            while not stop.is_set():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                if sock is not None:
                    sock.settimeout(left)
                piece = answer.read1(_PORTION)
                taken += len(piece)
                if taken > LARGEST:
                    raise _BrokenOffError(f"its answer is larger than {LARGEST >> 20} MiB")
                events = lines.feed(piece) if piece else lines.finish()
                for event in events:
                    found = True
                    yield event
                if events:
                    deadline = time.monotonic() + self._waits.between
                if not piece:
                    break
        except TooLongError as error:
            raise _BrokenOffError(f"it sends {error}") from None
        if not found and lines.bad and not stop.is_set():
            raise _BrokenOffError("what it answers is no stream of words")


class _BrokenOffError(Exception):
    """What is said of an answer that cannot be read on."""


def _refusal(status: int, data: bytes) -> str:
    if 300 <= status < 400:
        return f"it sends on to another address (status {status}), which is not followed"
    return f"it refuses with status {status}{detail(data)}"
