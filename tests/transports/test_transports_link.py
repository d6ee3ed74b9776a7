"""A client that stays: answers find the event they belong to, news comes through, and a door that is none is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from avatar.errors import PortError
from avatar.io.transports.client import Caller


class Door:
    """A door that answers by what it is told. heard : every event that came."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.welcomes = True
        self.silent = False
        self._server = serve(self._serve, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/v1/events"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _serve(self, client: ServerConnection) -> None:
        for text in client:
            event = json.loads(text)
            self.heard.append(event)
            name = event["id"]
            if event["type"] == "presence.hello":
                welcome = {"session": "s", "scopes": ["speak"], "clock": 7.0, "capabilities": {"gestures": ["wave"]}}
                error = {"id": name, "code": "not_authorised", "pointer": "/data/token", "message": "a token is needed"}
                kind = "presence.welcome" if self.welcomes else "presence.error"
                client.send(json.dumps({"type": kind, "data": welcome if self.welcomes else error}))
            elif event["type"] == "presence.goodbye":
                return
            elif not self.silent:
                client.send(json.dumps({"type": "presence.caption", "data": {"text": "first"}}))
                bad = event["data"].get("text") == "bad"
                data = {"id": name, "code": "bad_value", "pointer": "", "message": "no"} if bad else {"id": name}
                client.send(json.dumps({"type": "presence.error" if bad else "presence.ack", "data": data}))

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    made.close()


def listening(link: Caller) -> tuple[list[dict[str, Any]], threading.Thread]:
    news: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: news.extend(link.receive()))
    thread.start()
    return news, thread


def test_answers_find_their_event_and_news_comes_through(door: Door) -> None:
    link = Caller(door.url, "a test", "secret", ["speak"])
    assert link.welcome["data"]["capabilities"] == {"gestures": ["wave"]}
    news, thread = listening(link)
    assert link.send("presence.say", text="good")["type"] == "presence.ack"
    assert link.send("presence.say", text="bad")["data"]["code"] == "bad_value"
    link.close()
    thread.join(5)
    assert [e["data"]["text"] for e in news] == ["first", "first"]
    hello, *rest = door.heard
    assert hello["data"] == {"client": "a test", "token": "secret", "scopes": ["speak"]}
    assert len({e["id"] for e in door.heard}) == 3
    assert len({e["source"] for e in door.heard}) == 1
    assert [e["specversion"] for e in rest] == ["1.0", "1.0"]


def test_a_refused_hello_is_told(door: Door) -> None:
    door.welcomes = False
    with pytest.raises(PortError, match="a token is needed"):
        Caller(door.url, "a test")


def test_an_engine_that_goes_ends_the_news_and_says_so(door: Door) -> None:
    link = Caller(door.url, "a test", timeout=0.5)
    _, thread = listening(link)
    with pytest.raises(PortError, match="gone"):
        link.send("presence.goodbye")
    thread.join(5)
    assert not thread.is_alive()


def test_an_engine_that_does_not_answer_is_told(door: Door) -> None:
    door.silent = True
    link = Caller(door.url, "a test", timeout=0.3)
    _, thread = listening(link)
    with pytest.raises(PortError, match="gone"):
        link.send("presence.say", text="good")
    link.close()
    thread.join(5)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/v1/events", "nonsense"])
def test_where_nobody_is_says_how_to_start_one(url: str) -> None:
    with pytest.raises(PortError, match="avatar run"):
        Caller(url, "a test")
