"""The console's addresses: who is let in, what goes out with each answer, and what a page from elsewhere gets."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console_demo import GUEST, TOKEN, Demo, keeping, moving_picture, played, sounding

from avatar.clock import SystemClock
from avatar.io.console.guests import ALL, Pace
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox

BEARER = {"authorization": f"Bearer {TOKEN}"}
AS_GUEST = {"authorization": f"Bearer {GUEST}"}


@pytest.fixture
def demo() -> Iterator[Demo]:
    with played(picture=moving_picture) as one:
        yield one


def ask(
    port: int | None, path: str, headers: dict[str, str] | None = None, body: Any = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        data = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, data, headers or {})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def test_the_page_and_what_belongs_to_it_come_from_here_alone(demo: Demo) -> None:
    for path in ("/console", "/console/console.css", "/console/console.js", "/console/words.js", "/console/icon.svg"):
        status, headers, body = ask(demo.doors.port, path)
        assert status == 200
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; ")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        text = body.decode().replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in text
        assert "http://" not in text
        assert TOKEN not in text
    for path in ("/console/", "/console/../guard.py", "/console/%2e%2e/state.py", "/console/state.py"):
        assert ask(demo.doors.port, path)[0] in (307, 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"host": "evil.example"},
        {"host": "evil.example", "origin": "http://evil.example"},
    ],
    ids=str,
)
def test_no_page_from_elsewhere_gets_anything_even_with_the_token(demo: Demo, headers: dict[str, str]) -> None:
    for path in ("/console", "/v1/ceremony", "/v1/ceremony/preview", "/v1/events"):
        assert ask(demo.doors.port, path, {**BEARER, **headers})[0] == 403
    for path in ("/console/ticket", "/v1/ceremony", "/v1/events"):
        assert ask(demo.doors.port, path, {**BEARER, **headers}, {"command": "go"})[0] == 403
    assert demo.given == []


def test_its_own_page_may_connect_and_only_where_there_is_one(demo: Demo) -> None:
    own = {**BEARER, "origin": f"http://127.0.0.1:{demo.doors.port}"}
    assert ask(demo.doors.port, "/v1/ceremony", own)[0] == 200
    other = {**BEARER, "origin": f"http://localhost:{demo.doors.port}"}
    assert ask(demo.doors.port, "/v1/ceremony", other)[0] == 403, "another name is another origin"
    doors = Doors(Inbox(8), SystemClock())
    doors.listen(0)
    try:
        assert ask(doors.port, "/console")[0] == 404
        bare = {"origin": f"http://127.0.0.1:{doors.port}"}
        assert ask(doors.port, "/v1/events", bare, {})[0] == 403
        assert ask(doors.port, "/v1/events", {"sec-fetch-site": "same-origin"}, {})[0] == 403
    finally:
        doors.stop()


def test_a_link_lets_in_once(demo: Demo) -> None:
    ticket = demo.link().partition("#")[2]
    status, _, body = ask(demo.doors.port, "/console/ticket", None, {"ticket": ticket})
    assert (status, json.loads(body)) == (200, {"token": TOKEN})
    assert ask(demo.doors.port, "/console/ticket", None, {"ticket": ticket})[0] == 401
    for wrong in ({"ticket": ""}, {"ticket": 7}, [], "x" * 5000):
        assert ask(demo.doors.port, "/console/ticket", None, wrong)[0] == 401


def test_a_token_is_needed_and_a_guest_only_watches(demo: Demo) -> None:
    assert ask(demo.doors.port, "/v1/ceremony")[0] == 401
    assert ask(demo.doors.port, "/v1/ceremony", None, {"command": "go"})[0] == 401
    assert ask(demo.doors.port, "/v1/ceremony/preview")[0] == 401
    status, _, body = ask(demo.doors.port, "/v1/ceremony", AS_GUEST)
    assert status == 200
    seen = json.loads(body)
    assert seen["role"] == "guest"
    assert "scenes" not in seen
    assert ask(demo.doors.port, "/v1/ceremony/preview", AS_GUEST)[0] == 403
    for command in ("go", "back", "panic", "goto", "stop"):
        assert ask(demo.doors.port, "/v1/ceremony", AS_GUEST, {"command": command})[0] == 403
    assert demo.given == []
    assert json.loads(ask(demo.doors.port, "/v1/ceremony", BEARER)[2])["role"] == "director"
    status, headers, body = ask(demo.doors.port, "/v1/ceremony/preview", BEARER)
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "image/jpeg", "no-store")
    assert body.startswith(b"\xff\xd8")


def test_a_poll_is_answered_when_something_happens(demo: Demo) -> None:
    first = json.loads(ask(demo.doors.port, "/v1/ceremony", BEARER)[2])
    assert ask(demo.doors.port, "/v1/ceremony", BEARER, {"command": "go", "expect": "arrival"})[0] == 202
    then = json.loads(ask(demo.doors.port, f"/v1/ceremony?after={first['version']}", BEARER)[2])
    assert then["version"] > first["version"]
    assert then["mode"] == "running"
    late = ask(demo.doors.port, "/v1/ceremony", BEARER, {"command": "go", "expect": "arrival"})
    assert late[0] == 409
    for wrong in ([], {"command": 3}, {"command": "goto", "cue": "nowhere"}, {"command": "x" * 5000}):
        assert ask(demo.doors.port, "/v1/ceremony", BEARER, wrong)[0] == 400


def test_without_the_persons_word_there_is_no_preview() -> None:
    with played() as demo:
        assert ask(demo.doors.port, "/v1/ceremony/preview", BEARER)[0] == 404
        assert json.loads(ask(demo.doors.port, "/v1/ceremony", BEARER)[2])["preview"] is False


GUESTS = """presence: 1
title: T
kind: other
statement: s
roles: {officiant: {}, guests: {}}
scenes:
- id: all
  title: t
  cues:
  - {id: said, do: [{wait: 0.1}, {say: "{statement}"}]}
  - {id: lit, trigger: {guest: candles}, do: [{wait: 60}]}
  - {id: clapped, trigger: {guest: applause}, do: [{wait: 1}]}
"""


def test_a_guest_does_what_is_asked_now_and_at_a_guests_pace() -> None:
    with played(GUESTS, talks=50.0) as demo:
        phone = {"authorization": f"Bearer {demo.console.guest_token}"}
        assert ask(demo.doors.port, "/v1/ceremony", phone, {"command": "guest", "action": "candles"})[0] == 409
        demo.console.command("go", expect="said")
        seen: dict[str, Any] = {"version": -1, "guests": []}
        while seen["guests"] != ["candles"]:
            seen = json.loads(ask(demo.doors.port, f"/v1/ceremony?after={seen['version']}", phone)[2])
            assert seen["role"] == "guest"
        given = len(demo.given)
        for name in ("go", "hold", "panic", "level", "tick", "answer"):
            assert ask(demo.doors.port, "/v1/ceremony", phone, {"command": name})[0] == 403
        assert len(demo.given) == given
        assert ask(demo.doors.port, "/v1/ceremony", phone, {"command": "guest", "action": "applause"})[0] == 409
        assert ask(demo.doors.port, "/v1/ceremony", phone, {"command": "guest", "action": "candles"})[0] == 202
        asked = [ask(demo.doors.port, "/v1/ceremony", phone, {"command": "guest", "action": "x"})[0] for _ in range(6)]
        assert set(asked) == {429}, "a phone that will not stop is not heard any more"
        assert [type(one).__name__ for one in demo.given[given:]] == ["Guest"]
        assert ask(demo.doors.port, "/v1/ceremony/preview", phone)[0] == 403
        assert ask(demo.doors.port, "/v1/ceremony/meters", phone)[0] == 403
        assert ask(demo.doors.port, "/v1/events", phone, {})[0] == 401, "it opens no other door"
        assert "guest_link" not in seen


def test_guests_have_a_pace_each_and_one_together() -> None:
    pace = Pace()
    assert [pace.allows("a", 0.0) for _ in range(5)] == [True] * 3 + [False] * 2
    assert pace.allows("b", 0.0), "another phone is not held back by it"
    assert not pace.allows("a", 1.0)
    assert pace.allows("a", 2.1)
    crowd = [pace.allows(f"guest {k}", 3.0) for k in range(1000)]
    assert 100 < sum(crowd) <= ALL[0]
    assert sum(pace.allows("one", 10.0 + k) for k in range(100)) in (51, 52, 53), "every other second, and three more"


def test_how_loud_it_is_can_be_asked() -> None:
    with played(sound=sounding()) as demo:
        assert ask(demo.doors.port, "/v1/ceremony/meters")[0] == 401
        status, _, body = ask(demo.doors.port, "/v1/ceremony/meters", BEARER)
        assert status == 200
        assert json.loads(body)["meters"]["voice"] > 0.8
        assert (
            ask(demo.doors.port, "/v1/ceremony", BEARER, {"command": "level", "name": "music", "value": 0.5})[0] == 202
        )
        assert demo.console.get_state()["levels"]["music"] == 0.5  # type: ignore[index]


def test_only_who_directs_says_what_is_kept(tmp_path: Path) -> None:
    wish = keeping(tmp_path / "ours")
    with played(keepsake=wish) as demo:
        guest = {"authorization": f"Bearer {demo.console.guest_token}"}
        ask_of = {"command": "keepsake", "keep": False}
        for who, status in (
            (None, 401),
            (AS_GUEST, 403),
            (guest, 403),
            ({**BEARER, "origin": "http://a.example"}, 403),
        ):
            assert ask(demo.doors.port, "/v1/ceremony", who, ask_of)[0] == status
        assert wish.facts()["forgotten"] is False
        for who in (AS_GUEST, guest):
            assert b"keepsake" not in ask(demo.doors.port, "/v1/ceremony", who)[2]
        assert ask(demo.doors.port, "/v1/ceremony", BEARER, ask_of)[0] == 202
        assert wish.facts()["forgotten"] is True
        for who in (AS_GUEST, guest):
            assert ask(demo.doors.port, "/v1/ceremony", who, {**ask_of, "keep": True})[0] == 403
        assert wish.facts()["forgotten"] is True
        assert json.loads(ask(demo.doors.port, "/v1/ceremony", BEARER)[2])["keepsake"]["forgotten"] is True
