"""A small chat server on this machine: the shape that the ``openai`` SDK talks to, and every way to get it wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Write = Callable[[bytes], None]
Answer = Callable[["Handler"], None]

STREAM = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}


def chunk(content: str | None = None, finish: str | None = None, **delta: Any) -> bytes:
    """One ``chat.completion.chunk`` as it is documented, with its empty line."""
    fields = delta | ({} if content is None else {"content": content})
    event = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1700000000,
        "model": "fake",
        "choices": [{"index": 0, "delta": fields, "logprobs": None, "finish_reason": finish}],
    }
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


def whole(*words: str, finish: str = "stop") -> bytes:
    """A compliant stream: role, words, end."""
    return b"".join((chunk(role="assistant"), *(chunk(w) for w in words), chunk(finish=finish), b"data: [DONE]\n\n"))


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with chunks, as servers stream; what it does next is the server's ``answers``."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        owner: ChatServer = self.server.owner  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with owner.lock:
            owner.asked.append((self.path, dict(self.headers), json.loads(body)))
            answer = owner.answers.pop(0) if len(owner.answers) > 1 else owner.answers[0]
        self.close_connection = True
        try:
            answer(self)
        except (BrokenPipeError, ConnectionResetError):
            owner.cut.set()

    def head(self, status: int = 200, chunked: bool = True, **headers: str) -> None:
        self.send_response(status)
        for name, value in (headers or STREAM).items():
            self.send_header(name.replace("_", "-"), value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()

    def put(self, data: bytes) -> None:
        """One chunk of the transfer."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        pass


class ChatServer:
    """answers : what the next requests get, the last one again and again; asked : (path, headers, body) of each;
    cut : set when a client hung up in the middle; go : what an answer may wait for."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [says("Hello.")]
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.lock, self.cut, self.go = threading.Lock(), threading.Event(), threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.owner = self  # type: ignore[attr-defined]
        self.http.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.go.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@contextmanager
def serving() -> Iterator[ChatServer]:
    server = ChatServer()
    try:
        yield server
    finally:
        server.close()


def sends(*pieces: bytes, chunked: bool = True) -> Answer:
    """A 200 with these pieces, each a chunk of its own."""

    def answer(to: Handler) -> None:
        to.head(chunked=chunked)
        for piece in pieces:
            if chunked:
                to.put(piece)
            else:
                to.wfile.write(piece)
        if chunked:
            to.end()

    return answer


def says(*words: str, finish: str = "stop") -> Answer:
    return sends(whole(*words, finish=finish))


def refuses(status: int, message: str = "no", **headers: str) -> Answer:
    """An error as it is documented."""

    def answer(to: Handler) -> None:
        data = json.dumps({"error": {"message": message, "type": "t", "param": None, "code": None}}).encode()
        to.head(status, False, Content_Type="application/json", Content_Length=str(len(data)), **headers)
        to.wfile.write(data)

    return answer


def dies_after(*pieces: bytes) -> Answer:
    """The line is cut in the middle of a chunk."""

    def answer(to: Handler) -> None:
        to.head()
        for piece in pieces:
            to.put(piece)
        to.wfile.write(b"400\r\ndata: {")
        to.wfile.flush()
        to.connection.shutdown(2)

    return answer


def hangs_after(*pieces: bytes) -> Answer:
    """Nothing more comes, and the line stays open until the test is over."""

    def answer(to: Handler) -> None:
        to.head()
        for piece in pieces:
            to.put(piece)
        owner: ChatServer = to.server.owner  # type: ignore[attr-defined]
        owner.go.wait(20)

    return answer
