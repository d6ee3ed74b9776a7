"""A real server on a free port, right and wrong in every way: what is sent, what is spoken of it, what is told."""

from __future__ import annotations

import http.client
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from chat_server import ChatServer, Handler, chunk, dies_after, hangs_after, refuses, says, sends, serving, whole

from avatar.errors import ChatError, UsageError
from avatar.io.chat import completions
from avatar.io.chat.completions import Completions, Waits, base_of
from avatar.io.chat.history import Message
from avatar.io.chat.lines import LONGEST

ASKED = [Message("system", "Be kind."), Message("user", "Grüß Gott 日本")]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as made:
        yield made


class Caller:
    """told : lines for the person; pieces : words as they came."""

    def __init__(self, server: ChatServer, path: str = "/v1", **options: Any) -> None:
        waits = options.pop("waits", Waits(10.0, 20.0, 20.0, 60.0, 4))
        self.told: list[str] = []
        self.stop = threading.Event()
        self.client = Completions(
            server.base + path, "fake", lambda host: False, self.told.append, waits=waits, **options
        )
        self.pieces: list[str] = []

    def ask(self) -> str:
        for piece in self.client.reply(ASKED, self.stop):
            self.pieces.append(piece)
        return "".join(self.pieces)

    def fails(self) -> str:
        with pytest.raises(ChatError) as error:
            self.ask()
        return str(error.value)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions, "back_off", lambda tries: 0.0)


def test_what_is_sent_is_the_documented_request_and_nothing_more(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CHAT_KEY", "canary-key")
    server.answers = [says("Hel", "lo ", "there.")]
    caller = Caller(server, key_env="CHAT_KEY")
    assert caller.ask() == "Hello there."
    assert caller.pieces == ["Hel", "lo ", "there."]
    ((path, headers, body),) = server.asked
    assert path == "/v1/chat/completions"
    assert body == {
        "model": "fake",
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Grüß Gott 日本"}],
        "stream": True,
    }
    assert headers["Authorization"] == "Bearer canary-key"
    assert set(headers) == {
        *("Host", "Accept-Encoding", "Content-Length", "Content-Type", "Accept", "User-Agent", "Authorization")
    }
    assert caller.told == []
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("http://localhost:1234/v1/", "http://localhost:1234/v1"),
        ("http://[::1]:8080/v1/chat/completions", "http://[::1]:8080/v1"),
        ("https://api.example.org/openai/v1", "https://api.example.org/openai/v1"),
    ],
)
def test_the_address_may_be_written_as_people_write_it(given: str, base: str) -> None:
    assert base_of(given) == base


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://api.example.org/v1", "https"),
        ("http://192.168.1.4:11434", "https"),
        ("https://me:secret@api.example.org", "password"),
        ("ftp://127.0.0.1", "http"),
        ("127.0.0.1:11434", "http"),
        ("https://a.example/v1?key=3", "without"),
    ],
)
def test_an_address_that_will_not_do_is_refused(url: str, rule: str) -> None:
    with pytest.raises(UsageError, match=rule):
        base_of(url)


def test_without_consent_nothing_is_sent_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions, "line_to", lambda *a: pytest.fail("a connection was made"))
    client = Completions("https://chat.example/v1", "m", lambda host: False, print)
    with pytest.raises(ChatError, match=r"avatar consent grant remote-chat chat\.example"):
        list(client.reply(ASKED, threading.Event()))


def test_with_consent_the_very_host_is_asked_by_https(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []

    def line_to(url: str, timeout: float) -> http.client.HTTPConnection:
        lines.append(url)
        return http.client.HTTPConnection("127.0.0.1", server.http.server_port, timeout=timeout)

    monkeypatch.setattr(completions, "line_to", line_to)
    client = Completions("https://chat.example", "m", lambda host: host == "chat.example", print)
    assert not client.local
    assert "".join(client.reply(ASKED, threading.Event())) == "Hello."
    assert lines == ["https://chat.example/v1"]
    assert list(server.asked[0][2]) == ["model", "messages", "stream"], "text, and nothing else"


def test_a_consent_withdrawn_holds_at_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def allowed(host: str) -> bool:
        asked.append(host)
        return len(asked) == 1

    def refused(*_: Any) -> Any:
        raise OSError("refused")

    monkeypatch.setattr(completions, "line_to", refused)
    monkeypatch.setattr(completions, "back_off", lambda tries: 0.0)
    client = Completions("https://chat.example/v1", "m", allowed, lambda line: None)
    with pytest.raises(ChatError, match="consent"):
        list(client.reply(ASKED, threading.Event()))
    assert asked == ["chat.example"] * 2


def test_a_missing_key_is_named_by_its_variable(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHAT_KEY", raising=False)
    assert "CHAT_KEY" in Caller(server, key_env="CHAT_KEY").fails()
    assert server.asked == []


BEGIN = chunk(role="assistant")
END = chunk(finish="stop") + b"data: [DONE]\n\n"
TEXT = "Grüße, 日本語 🙂."
RIGHT: dict[str, Any] = {
    "no [DONE]": sends(chunk(TEXT), chunk(finish="stop")),
    "no end of the line": sends(chunk(TEXT), chunk(finish="stop").rstrip(b"\n")),
    "no blank after data:": sends(whole(TEXT).replace(b"data: ", b"data:")),
    "CRLF": sends(whole(TEXT).replace(b"\n", b"\r\n")),
    "one byte at a time": sends(*(bytes([b]) for b in whole(TEXT))),
    "comments": sends(b": ping\n\n", BEGIN, b": OPENROUTER PROCESSING\n\n", chunk(TEXT), b":\n\n", END),
    "lines that are no JSON": sends(b"data: garbage\n\nhello?\n\n", chunk(TEXT), b"data: {\n\n", END),
    "until the line is closed": sends(whole(TEXT), chunked=False),
    "thinks in a field": sends(chunk(reasoning_content="Hidden. "), chunk(reasoning="Hidden."), chunk(TEXT), END),
    "thinks in its words": sends(chunk("<thi"), chunk("nk>Hidden. </th"), chunk(f"ink>\n\n{TEXT}"), END),
    "counts at the end": sends(chunk(TEXT), chunk(finish="stop"), b'data: {"choices": [], "usage": {}}\n\n', END),
}


@pytest.mark.parametrize("name", RIGHT)
def test_its_words_are_the_same_however_it_streams(server: ChatServer, name: str) -> None:
    server.answers = [RIGHT[name]]
    caller = Caller(server)
    assert caller.ask() == TEXT
    assert caller.told == []
    assert len(server.asked) == 1


def plain(kind: str, data: bytes, status: int = 200) -> Any:
    def answer(to: Handler) -> None:
        to.head(status, False, Content_Type=kind, Content_Length=str(len(data)))
        to.wfile.write(data)

    return answer


def test_a_server_that_does_not_stream_is_heard_too(server: ChatServer) -> None:
    data = {"choices": [{"message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}]}
    server.answers = [plain("application/json", json.dumps(data).encode())]
    assert Caller(server).ask() == TEXT


def redirects(to: Handler) -> None:
    to.head(307, False, Location="http://203.0.113.7/v1", Content_Length="0")


WRONG: dict[str, tuple[Any, str]] = {
    "a web page": (plain("text/html", b"<html>Hello</html>"), "web page"),
    "no JSON": (plain("application/json", b"<oops>"), "no JSON"),
    "no stream": (plain("text/plain", b"Hello there, how are you\n"), "no stream of words"),
    "a redirection": (redirects, "another address"),
    "not found": (refuses(404, "model 'fake' not found"), "model 'fake' not found"),
    "not let in": (refuses(401, "bad key"), "401: bad key"),
    "a huge line": (sends(b"data: " + b"x" * (LONGEST + 10)), "line of more than"),
    "nothing": (sends(BEGIN, END), "nothing"),
    "only thoughts": (sends(chunk("<think>hm"), END), "nothing but thoughts"),
    "an error at once": (sends(b'data: {"error": {"message": "no memory"}}\n\n'), "no memory"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_answer_is_said_in_one_line_and_not_asked_again(server: ChatServer, name: str) -> None:
    server.answers, words = [WRONG[name][0]], WRONG[name][1]
    caller = Caller(server)
    line = caller.fails()
    assert words in line
    assert line.startswith("127.0.0.1: ")
    assert caller.pieces == []
    assert len(server.asked) == 1


CUT: dict[str, tuple[Any, str]] = {
    "dies": (dies_after(chunk("One. Two")), "broke off"),
    "an error in the stream": (sends(chunk("One. Two"), b'data: {"error": {"message": "oom"}}\n\n'), "oom"),
    "ends without an end": (sends(chunk("One. Two")), "without its end"),
    "a huge line": (sends(chunk("One. Two"), b"x" * (LONGEST + 10)), "line of more than"),
    "goes silent": (hangs_after(chunk("One. Two"), b": still here\n\n"), "gone silent"),
}


@pytest.mark.parametrize("name", CUT)
def test_an_answer_that_breaks_off_keeps_what_came_and_is_not_asked_again(server: ChatServer, name: str) -> None:
    server.answers, words = [CUT[name][0]], CUT[name][1]
    caller = Caller(server, waits=Waits(10.0, 20.0, 0.2 if name == "goes silent" else 20.0))
    assert words in caller.fails()
    assert "".join(caller.pieces) == "One. Two"
    assert len(server.asked) == 1


def test_comments_alone_do_not_keep_a_person_waiting(server: ChatServer) -> None:
    def pings(to: Handler) -> None:
        to.head()
        while not server.go.wait(0.02):
            to.put(b": ping\n\n")

    server.answers = [pings]
    assert "too long" in Caller(server, waits=Waits(10.0, 0.3, 0.3)).fails()
    assert len(server.asked) == 1


def test_a_model_that_never_begins_is_given_up_once(server: ChatServer) -> None:
    def waits(to: Handler) -> None:
        server.go.wait(20)

    server.answers = [waits]
    assert "too long" in Caller(server, waits=Waits(10.0, 0.2, 0.2)).fails()
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.usefixtures("quick")
def test_what_may_pass_is_asked_again(server: ChatServer, status: int) -> None:
    server.answers = [refuses(status, "busy"), refuses(status), says("Hello.")]
    caller = Caller(server)
    assert caller.ask() == "Hello."
    assert [f"status {status}" in line for line in caller.told] == [True, True]
    assert "busy" in caller.told[0]


@pytest.mark.usefixtures("quick")
def test_a_line_cut_before_the_first_word_is_tried_again_four_times_in_all(server: ChatServer) -> None:
    server.answers = [dies_after()]
    assert "4 times" in Caller(server).fails()
    assert len(server.asked) == 4
    server.answers = [dies_after(BEGIN), says("Hello.")]
    assert Caller(server).ask() == "Hello."


def test_the_servers_own_time_is_kept_and_said(server: ChatServer) -> None:
    server.answers = [refuses(429, "slow down", Retry_After="0.05"), says("Hello.")]
    caller = Caller(server)
    assert caller.ask() == "Hello."
    assert "asking again in 0.1 s" in caller.told[0] or "asking again in 0.0 s" in caller.told[0]
    reset = {"X_RateLimit_Reset_Requests": "6m0s", "X_RateLimit_Remaining_Requests": "0"}
    server.answers = [refuses(429, "slow down", **reset)]
    before = len(server.asked)
    assert "it asks to wait 360 s" in Caller(server).fails()
    assert len(server.asked) == before + 1


def test_nobody_there_is_said(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions, "back_off", lambda tries: 0.0)
    caller = Caller(server)
    server.http.server_close()
    assert "does not answer" in caller.fails()
    assert len(caller.told) == 3


def test_an_end_that_is_none_is_told(server: ChatServer) -> None:
    server.answers = [says("One two", finish="length")]
    caller = Caller(server)
    assert caller.ask() == "One two"
    assert "cut off" in caller.told[0]
    server.answers = [says("One", finish="content_filter")]
    caller = Caller(server)
    caller.ask()
    assert "filter" in caller.told[0]


def test_tools_are_not_called_and_named(server: ChatServer) -> None:
    calls = [{"index": 0, "id": "c", "type": "function", "function": {"name": "look", "arguments": ""}}]
    more = [{"index": 0, "function": {"arguments": "{}"}}]
    server.answers = [
        sends(chunk("Let me see."), chunk(tool_calls=calls), chunk(tool_calls=more), chunk(finish="tool_calls"), END)
    ]
    caller = Caller(server)
    assert caller.ask() == "Let me see."
    (line,) = caller.told
    assert "look" in line
    assert "nothing is called" in line


@pytest.mark.parametrize("after", [(), (chunk("One "),)])
def test_a_stop_ends_it_at_once_and_the_server_is_let_go(server: ChatServer, after: tuple[bytes, ...]) -> None:
    waiting = threading.Event()

    def endless(to: Handler) -> None:
        to.head()
        for piece in after:
            to.put(piece)
        waiting.set()
        while not server.go.wait(0.01):
            to.put(b": ping\n\n")

    server.answers = [endless]
    caller = Caller(server, waits=Waits(5.0, 60.0, 60.0))
    asking = threading.Thread(target=caller.ask)
    asking.start()
    assert waiting.wait(5)
    for _ in range(500):  # what was sent is read, before it is stopped
        if len(caller.pieces) >= len(after):
            break
        threading.Event().wait(0.01)
    caller.stop.set()
    caller.client.cancel()
    asking.join(5)
    assert not asking.is_alive()
    assert server.cut.wait(5)
    assert "".join(caller.pieces) == "".join("One " for _ in after)
    assert caller.told == []
