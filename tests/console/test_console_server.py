"""The console's addresses: who is let in, what goes out with each answer, and what a page from elsewhere gets."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from console_demo import GUEST, TOKEN, Demo, moving_picture, played

from avatar.clock import SystemClock
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
