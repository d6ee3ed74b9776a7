"""The network door over loopback, met by clients that are not ours: websockets, http.client and plain sockets."""

from __future__ import annotations

import http.client
import io
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from avatar.clock import SystemClock
from avatar.errors import PortError, UsageError
from avatar.events import messages
from avatar.events.codec import MAX_BYTES
from avatar.events.messages import Capabilities
from avatar.io.transports import client as sender
from avatar.io.transports import websocket as door
from avatar.io.transports.hub import Delivery
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox

CAN = Capabilities(expressions=["happy", "sad"], gestures=["wave"])
ids = iter(range(10**9))


def event(kind: str, id: str | None = None, **data: Any) -> str:
    envelope = {"specversion": "1.0", "id": id or f"e{next(ids)}", "source": "tests", "type": f"presence.{kind}"}
    return json.dumps(envelope | {"data": data})


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[Doors, Inbox[Delivery]]]:
    inbox: Inbox[Delivery] = Inbox()
    doors = Doors(inbox, SystemClock(), CAN, origins=["http://localhost:9999"])
    doors.listen(0)
    yield doors, inbox
    doors.stop()


@pytest.fixture
def doors(opened: tuple[Doors, Inbox[Delivery]]) -> Doors:
    doors, inbox = opened
    assert settles(lambda: doors.hub.clients == 0)
    inbox.drain()
    return doors


@pytest.fixture
def inbox(opened: tuple[Doors, Inbox[Delivery]], doors: Doors) -> Inbox[Delivery]:
    return opened[1]


def dial(doors: Doors, **more: Any) -> ClientConnection:
    return connect(doors.url, proxy=None, compression=None, close_timeout=0.5, **more)


def ask(socket: ClientConnection, text: str | bytes) -> dict[str, Any]:
    socket.send(text)
    return hear(socket)


def hear(socket: ClientConnection) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(socket.recv(timeout=5))
    assert answer["specversion"] == "1.0"
    assert answer["source"] == "presence"
    return answer


def greet(socket: ClientConnection, **more: Any) -> dict[str, Any]:
    return ask(socket, event("hello", client="test", **more))


def test_the_whole_way(doors: Doors, inbox: Inbox[Delivery]) -> None:
    with dial(doors) as socket:
        welcome = greet(socket)
        assert welcome["type"] == "presence.welcome"
        assert welcome["data"]["capabilities"] == CAN.model_dump()
        assert 0 <= welcome["data"]["clock"] < 60
        text = "Hello, I am glad you are here."
        answer = ask(socket, event("say", id="s1", text=text, expression="happy"))
        assert (answer["type"], answer["data"]) == ("presence.ack", {"id": "s1"})
        delivery = inbox.get(2.0)
        assert delivery is not None
        assert isinstance(delivery.event.data, messages.Say)
        assert delivery.event.data.text == text
        assert ask(socket, event("say", id="s1", text=text))["type"] == "presence.ack"
        assert inbox.get(0.1) is None
        doors.publish(messages.SpeechStarted(utterance="s1", at=1.25, seconds=2.0))
        news = hear(socket)
        assert (news["type"], news["data"]) == (
            "presence.speech.started",
            {"utterance": "s1", "at": 1.25, "seconds": 2.0},
        )


def test_sound_comes_in_a_frame_of_its_own(doors: Doors, inbox: Inbox[Delivery]) -> None:
    with dial(doors) as socket:
        greet(socket)
        told = event("speech.audio", id="a1", utterance="u", encoding="pcm_s16le", rate=24000, channels=1)
        assert ask(socket, told)["type"] == "presence.ack"
        socket.send(b"\x01\x00\x02\x00")
        delivery = inbox.get(2.0)
        assert delivery is not None
        assert (delivery.event.id, delivery.sound) == ("a1", b"\x01\x00\x02\x00")
        assert ask(socket, b"\x01\x00")["data"]["code"] == "bad_value"


@pytest.mark.parametrize(
    ("text", "code", "pointer"),
    [
        ("garbage", "invalid_json", ""),
        ("x" * (MAX_BYTES + 1), "too_large", ""),
        ("[" * 40 + "]" * 40, "too_deep", ""),
        (event("express", id="n", expression="happy", intensity=float("nan")), "not_finite", "/data/intensity"),
        (event("fly", id="n"), "unknown_type", "/type"),
        (event("say", id="n", text="x", txt="y"), "unknown_field", "/data/txt"),
        (event("say", id="n"), "missing_field", "/data/text"),
        (event("say", id="n", text=5), "bad_value", "/data/text"),
        (event("panic", id="n"), "scope", "/type"),
        (event("hello", id="n", client="again"), "duplicate", "/type"),
        (event("interrupt", id="n", utterance="nobody"), "unknown_utterance", "/data/utterance"),
        (event("gesture", id="n", name="somersault"), "unknown_name", "/data/name"),
        (event("gaze", id="n", target="point"), "missing_field", "/data/point"),
        (b"\x00\x01", "bad_value", ""),
    ],
    ids=lambda v: str(v)[:30] if isinstance(v, str) else None,
)
def test_each_error_and_the_connection_stays(doors: Doors, text: str | bytes, code: str, pointer: str) -> None:
    with dial(doors) as socket:
        greet(socket, scopes=["speak", "pose"])
        answer = ask(socket, text)
        assert answer["type"] == "presence.error"
        assert (answer["data"]["code"], answer["data"]["pointer"]) == (code, pointer)
        named = answer["data"]["id"]
        assert named == ("n" if isinstance(text, str) and '"id": "n"' in text else None)
        assert ask(socket, event("say", text="still here"))["type"] == "presence.ack"


def test_before_hello_and_without_scope() -> None:
    inbox: Inbox[Delivery] = Inbox(2)
    opened = Doors(inbox, SystemClock(), tokens={"abc": ["speak"]})
    opened.listen(0)
    try:
        with dial(opened) as socket:
            assert ask(socket, event("say", text="x"))["data"]["code"] == "not_authorised"
            assert greet(socket)["data"]["code"] == "not_authorised"
            assert greet(socket, token="abc")["data"]["scopes"] == ["speak"]
            assert ask(socket, event("gesture", name="wave"))["data"]["code"] == "scope"
            answers = [ask(socket, event("say", text="x")) for _ in range(3)]
            assert [a["type"] for a in answers[:2]] == ["presence.ack"] * 2
            assert answers[2]["data"]["code"] == "rate_limited", "a full inbox refuses, it does not block"
        assert post(opened, event("say", text="x"))[0] == 401
        bearer = {"Authorization": "Bearer abc"}
        assert post(opened, event("gesture", name="wave"), bearer)[0] == 403
        inbox.drain()
        assert post(opened, event("say", text="x"), bearer)[0] == 202
        with pytest.raises(PortError):
            sender.send("ws://127.0.0.1:1/v1/events", "say", {})
        assert sender.send(opened.url, "say", {"text": "x"})[-1]["data"]["code"] == "not_authorised"
        assert sender.send(opened.url, "say", {"text": "x"}, token="abc")[-1]["type"] == "presence.ack"
    finally:
        opened.stop()


@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "http://127.0.0.1:8765", "http://localhost", "file://"]
)
def test_origins_that_are_not_listed_are_refused_before_the_upgrade(doors: Doors, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal, dial(doors, origin=origin):
        pass
    assert refusal.value.response.status_code == 403
    assert post(doors, event("say", text="x"), {"Origin": origin})[0] == 403
    assert raw(doors, f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n\r\n").startswith(
        b"HTTP/1.1 403"
    )
    assert doors.hub.clients == 0


def test_a_listed_origin_connects(doors: Doors) -> None:
    with dial(doors, origin="http://localhost:9999") as socket:
        assert greet(socket)["type"] == "presence.welcome"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.", "", "[::2]:80", "127.0.0.2"]
)
def test_other_hosts_are_refused(doors: Doors, host: str) -> None:
    body = event("say", text="x")
    request = f"POST /v1/events HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    assert raw(doors, request).startswith(b"HTTP/1.1 403")
    upgrade = (
        f"GET /v1/events HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert raw(doors, upgrade).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "LOCALHOST:8765", "[::1]:8765"])
def test_own_names_are_let_in(doors: Doors, host: str) -> None:
    assert post(doors, event("say", text="x"), {"Host": host})[0] == 202


def test_two_hosts_are_no_host(doors: Doors) -> None:
    assert not raw(doors, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n").startswith(
        b"HTTP/1.1 200"
    )


def test_listens_on_loopback_only(doors: Doors) -> None:
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1"}:
        with pytest.raises(OSError):  # noqa: PT011 - refused or unreachable, by system
            socket.create_connection((address, doors.port), timeout=1).close()
    assert doors.url == f"ws://127.0.0.1:{doors.port}/v1/events"


def test_http_posts(doors: Doors, inbox: Inbox[Delivery]) -> None:
    status, answer = post(doors, event("say", id="h1", text="x"))
    assert (status, answer["type"], answer["data"]) == (202, "presence.ack", {"id": "h1"})
    assert inbox.get(2.0) is not None
    for text, code, expected in [
        ("garbage", "invalid_json", 400),
        ("x" * (MAX_BYTES + 1), "too_large", 413),
        (event("cue.go"), "not_ready", 503),
        (event("gesture", name="zorp"), "unknown_name", 400),
    ]:
        status, answer = post(doors, text)
        assert (status, answer["data"]["code"]) == (expected, code)
    for _ in range(40):
        post(doors, "garbage")
    assert post(doors, event("say", text="x"))[0] == 202, "posts are never shut out by errors"


def test_server_sent_events(doors: Doors) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", doors.port, timeout=5)
    connection.request("GET", "/v1/events")
    response = connection.getresponse()
    assert response.getheader("content-type", "").startswith("text/event-stream")
    assert response.readline() == b": presence\n"
    assert response.readline() == b"\n"
    doors.publish(messages.Camera(state="live"))
    line = response.readline()
    assert line.startswith(b"data: ")
    assert json.loads(line[6:])["data"] == {"state": "live"}
    response.close()
    connection.close()
    assert settles(lambda: doors.hub.clients == 0)


def test_32_errors_in_a_row_close_with_all_answers(doors: Doors) -> None:
    with dial(doors) as socket:
        greet(socket)
        for _ in range(40):
            socket.send("garbage")
        assert [hear(socket)["data"]["code"] for _ in range(32)] == ["invalid_json"] * 32
        with pytest.raises(ConnectionClosed) as closing:
            socket.recv(timeout=5)
        assert closing.value.rcvd is not None
        assert closing.value.rcvd.code == 1008
    assert settles(lambda: doors.hub.clients == 0)


def test_far_too_large_closes_and_others_stay(doors: Doors) -> None:
    with dial(doors) as other:
        greet(other)
        with dial(doors) as socket:
            greet(socket)
            # Only announced: who is still sending when the door shuts may be cut off before the reason arrives.
            socket.socket.sendall(b"\x81\xff" + (door.FRAME_LIMIT + 1).to_bytes(8, "big") + bytes(4))
            with pytest.raises(ConnectionClosed) as closing:
                socket.recv(timeout=5)
            assert closing.value.rcvd is not None
            assert closing.value.rcvd.code == 1009
        assert ask(other, event("say", text="x"))["type"] == "presence.ack"


def test_the_seventeenth_client_is_told(doors: Doors) -> None:
    sockets = [dial(doors) for _ in range(16)]
    try:
        assert settles(lambda: doors.hub.clients == 16)
        with pytest.raises(InvalidStatus) as refusal, dial(doors):
            pass
        assert refusal.value.response.status_code == 503
    finally:
        for one in sockets:
            one.__enter__()
            one.close()
    assert settles(lambda: doors.hub.clients == 0)


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["websocket", "sse"])
def test_a_client_that_stops_reading_is_dropped_and_the_others_feel_nothing(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(door, "PATIENCE_S", 0.6)
    handles = _handles()
    slow = socket.create_connection(("127.0.0.1", doors.port))
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    if kind == "websocket":
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        slow.sendall(
            f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n{upgrade}"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        slow.recv(1000)
        hello = event("hello", client="slow").encode()
        slow.sendall(struct.pack("!BBH4s", 0x81, 0x80 | 126, len(hello), bytes(4)) + hello)
    else:
        slow.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert settles(lambda: any(s.greeted for s in doors.hub._sessions.values()))
    with dial(doors) as quick:
        greet(quick)
        padding = "x" * 20_000
        waits, start = [], time.perf_counter()
        while doors.hub.clients > 1 and time.perf_counter() - start < 5:
            before = time.perf_counter()
            doors.publish(messages.CaptionShown(text=padding, speaker="", utterance=""))
            hear(quick)
            waits.append(time.perf_counter() - before)
            time.sleep(0.001)
        assert doors.hub.clients == 1, "the slow client is still there"
        assert time.perf_counter() - start > 0.5
        assert sorted(waits)[len(waits) // 2] < 0.02
    # Cut, not politely closed: its handle is given back although the client still holds its end open.
    assert settles(lambda: _handles() <= handles + 1)
    slow.close()


def test_one_line_when_the_port_is_taken(doors: Doors, inbox: Inbox[Delivery]) -> None:
    threads = threading.active_count()
    with pytest.raises(PortError, match=rf"^port {doors.port} is in use: ") as refusal:
        Doors(inbox, SystemClock()).listen(doors.port)  # type: ignore[arg-type]
    assert "\n" not in str(refusal.value)
    assert threading.active_count() == threads


@pytest.mark.alone
def test_stops_within_a_second_with_clients_and_can_open_again(inbox: Inbox[Delivery]) -> None:
    threads = threading.active_count()
    opened = Doors(inbox, SystemClock(), CAN)
    opened.listen(0)
    port = opened.port
    assert port is not None
    stuck = socket.create_connection(("127.0.0.1", port))
    stuck.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n")
    with dial(opened) as client:
        greet(client)
        start = time.perf_counter()
        opened.stop()
        assert time.perf_counter() - start < 1.0
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=2)
    stuck.close()
    opened.stop()
    again = Doors(inbox, SystemClock(), CAN)
    again.listen(port)
    again.stop()
    assert threading.active_count() == threads


def test_a_hundred_reconnects_leave_nothing(doors: Doors) -> None:
    with dial(doors) as socket:
        greet(socket)
    handles = _handles()
    for _ in range(100):
        with dial(doors) as socket:
            greet(socket)
    assert settles(lambda: doors.hub.clients == 0 and _handles() <= handles)


def test_stdio_threads(inbox: Inbox[Delivery]) -> None:
    out = io.BytesIO()
    opened = Doors(inbox, SystemClock(), CAN)
    reading = opened.serve_stdio(io.BytesIO(event("say", id="1", text="x").encode() + b"\n"), out)
    reading.join(2)
    opened.stop()
    assert not reading.is_alive()
    assert json.loads(out.getvalue())["data"] == {"id": "1"}
    assert len(inbox.drain()) == 1


def test_announce_changes_what_is_known() -> None:
    doors = Doors(Inbox(), SystemClock(), CAN)
    client = doors.memory()
    assert client.send("presence.gesture", name="bow")["data"]["code"] == "unknown_name"
    doors.announce(Capabilities(gestures=["bow"]))
    assert client.send("presence.gesture", name="bow")["type"] == "presence.ack"
    assert client.send("presence.hello", client="m")["data"]["capabilities"]["gestures"] == ["bow"]


def test_avatar_send(doors: Doors, inbox: Inbox[Delivery]) -> None:
    heard = sender.send(doors.url, "say", {"text": "Hello."})
    assert [e["type"] for e in heard] == ["presence.welcome", "presence.ack"]
    assert sender.send(doors.url, "presence.gesture", {"name": "zorp"})[-1]["data"]["code"] == "unknown_name"
    assert [e["type"] for e in sender.send(doors.url, "hello", {})] == ["presence.welcome"]
    assert len(inbox.drain()) == 1
    with pytest.raises(PortError, match="status 403"):
        sender.send(doors.url.replace("/v1/events", "/nowhere"), "say", {})


def test_avatar_send_to_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"ws://127.0.0.1:{mute.getsockname()[1]}/v1/events"
        with pytest.raises(PortError, match="no answer within"):
            sender.send(url, "say", {"text": "x"}, timeout=0.3)
    with pytest.raises(PortError, match="no engine answers"):
        sender.send(url, "say", {"text": "x"}, timeout=0.3)


def test_fields_of_a_command_line() -> None:
    pairs = ["text=Hello = there.", "intensity=0.5", "interrupt=true", "offset=[0,1,-2]", "name=007", 'id="7"', "e="]
    assert sender.parse_fields(pairs) == {
        "text": "Hello = there.",
        "intensity": 0.5,
        "interrupt": True,
        "offset": [0, 1, -2],
        "name": "007",
        "id": "7",
        "e": "",
    }
    for bad in ("text", "=x"):
        with pytest.raises(UsageError, match="key=value"):
            sender.parse_fields([bad])


def post(doors: Doors, text: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", doors.port, timeout=5)
    try:
        connection.request("POST", "/v1/events", text.encode(), headers or {})
        response = connection.getresponse()
        body = response.read()
        return response.status, json.loads(body) if body.startswith(b"{") else {}
    finally:
        connection.close()


def raw(doors: Doors, request: str) -> bytes:
    with socket.create_connection(("127.0.0.1", doors.port), timeout=5) as connection:
        connection.sendall(request.encode())
        return connection.recv(4096)


def settles(condition: Any, seconds: float = 3.0) -> bool:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def _handles() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
