"""What a client may do to a connection beneath its events, on a real port: every limit, and the others feel nothing."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from door import ask, dial, event, greet, hear, line, opened, post, raw, rest, settles
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from avatar.errors import PortError
from avatar.events import messages
from avatar.io.transports import hub as hubs
from avatar.io.transports import lines, websocket
from avatar.io.transports.guard import HEAD_BYTES, HEADERS, TARGET_BYTES, is_near
from avatar.io.transports.hub import Session
from avatar.runtime.doors import Doors

UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.fixture(scope="module")
def _opened() -> Iterator[Doors]:
    with opened() as (doors, _):
        yield doors


@pytest.fixture
def doors(_opened: Doors) -> Doors:
    assert settles(lambda: _opened.hub.clients == 0)
    return _opened


def request(method: str = "GET", target: str = "/v1/events", headers: str = "", host: str = "localhost") -> str:
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"


def upgraded(doors: Doors) -> socket.socket:
    """A WebSocket by hand."""
    connection = line(doors)
    connection.sendall(request(headers=UPGRADE).encode())
    assert connection.recv(1000).startswith(b"HTTP/1.1 101")
    return connection


def frame(opcode: int, payload: bytes = b"", last: bool = True) -> bytes:
    """As a client sends it: masked, with a mask of zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else struct.pack("!BH", 0x80 | 126, size)
    return bytes([(0x80 if last else 0) | opcode]) + length + bytes(4) + payload


def well(doors: Doors) -> bool:
    return post(doors, event("say", text="x"))[0] == 202


def test_heads_that_are_too_large_are_refused_whole_or_not(doors: Doors) -> None:
    assert raw(doors, request(target="/v1/events?" + "x" * TARGET_BYTES)).startswith(b"HTTP/1.1 414")
    assert raw(doors, request(headers=f"X-A: {'x' * HEAD_BYTES}\r\n")).startswith(b"HTTP/1.1 431")
    assert raw(doors, request(headers="X-A: x\r\n" * HEADERS)).startswith(b"HTTP/1.1 431")
    assert raw(doors, request(headers=UPGRADE + f"X-A: {'x' * 5000}\r\n" * 4)).startswith(b"HTTP/1.1 431")
    with line(doors) as long:
        long.sendall(request(headers=UPGRADE + f"X-A: {'x' * HEAD_BYTES}\r\n").encode())
        assert rest(long) is not None, "a WebSocket whose head nobody can read is still open"
    with line(doors) as endless:
        endless.sendall(request()[:-2].encode() + b"X-A: " + b"x" * (3 * HEAD_BYTES))
        answer = rest(endless)
        assert answer is not None, "it is still open"
        assert answer.startswith(b"HTTP/1.1 400") or answer == b""
    assert well(doors)


@pytest.mark.parametrize(
    "wrong",
    [
        "garbage\r\n\r\n",
        "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n bad: x\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: odd\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET /v1/events HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request_closes_its_connection(doors: Doors, wrong: str) -> None:
    with line(doors) as connection:
        connection.sendall(wrong.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        answer = rest(connection)
        assert answer is not None, "it is still open"
        assert answer == b"" or answer.split()[1] in (b"400", b"403", b"501")
    assert well(doors)


@pytest.mark.parametrize("target", ["/", "/v1", "/v1/events/", "/../etc/passwd", "/docs", "/openapi.json", "/%00"])
def test_there_is_one_address_and_three_verbs(doors: Doors, target: str) -> None:
    assert raw(doors, request(target=target)).split()[1] in (b"404", b"307")
    for verb in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"):
        assert raw(doors, request(verb)).split()[1] == b"405"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "anything"])
def test_what_only_a_browser_sends_is_refused(doors: Doors, site: str) -> None:
    headers = f"Sec-Fetch-Site: {site}\r\nSec-Fetch-Mode: no-cors\r\n"
    assert raw(doors, request(headers=headers)).startswith(b"HTTP/1.1 403")
    assert raw(doors, request(headers=headers + UPGRADE)).startswith(b"HTTP/1.1 403")
    assert post(doors, event("say", text="x"), {"Sec-Fetch-Site": site})[0] == 403
    assert post(doors, event("say", text="x"), {"Sec-Fetch-Site": "none"})[0] == 202
    assert doors.hub.clients == 0


def test_a_refused_connection_is_closed(doors: Doors) -> None:
    for headers in ("Origin: http://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n"):
        with line(doors) as connection:
            connection.sendall(request(headers=headers).encode())
            answer = rest(connection)
            assert answer is not None, "it is still open"
            assert answer.startswith(b"HTTP/1.1 403")


def test_a_listed_origin_may_ask_before_it_sends() -> None:
    page = "http://localhost:9999"
    with opened({"abc": ["speak"]}, origins=[page]) as (doors, _):
        asked = f"Origin: {page}\r\nAccess-Control-Request-Method: POST\r\n"
        asked += "Access-Control-Request-Headers: authorization, content-type\r\n"
        answer = raw(doors, request("OPTIONS", headers=asked)).decode().lower()
        assert answer.startswith("http/1.1 200")
        assert f"access-control-allow-origin: {page}" in answer
        other = asked.replace("localhost", "evil.example")
        assert raw(doors, request("OPTIONS", headers=other)).startswith(b"HTTP/1.1 403")
        said = event("say", text="x")
        assert post(doors, said, {"Origin": page})[0] == 401, "a listed page needs a token too"
        assert post(doors, said, {"Origin": page, "Authorization": "Bearer abc"})[0] == 202


def test_a_head_that_never_comes_whole_and_an_idle_connection_are_cut(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "HEAD_S", 0.5)
    idle, slow, kept = line(doors), line(doors), line(doors)
    body = event("say", text="x")
    kept.sendall((request("POST", headers=f"Content-Length: {len(body)}\r\n") + body).encode())
    stop = threading.Event()

    def drip() -> None:
        for byte in request(headers="X-Slow: " + "x" * 400 + "\r\n").encode():
            if stop.wait(0.05):
                return
            try:
                slow.send(bytes([byte]))
            except OSError:
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        assert rest(idle, 3) == b"", "an idle connection is still open"
        assert rest(slow, 3) == b"", "a head that comes byte by byte is still awaited"
        answer = rest(kept, 3)
        assert answer is not None, "a connection kept alive is still open"
        assert answer.startswith(b"HTTP/1.1 202")
    finally:
        stop.set()
        dripping.join()
        for connection in (idle, slow, kept):
            connection.close()
    assert well(doors)


def test_a_body_that_never_comes_is_answered_and_cut(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "BODY_S", 0.3)
    monkeypatch.setattr(lines, "HEAD_S", 0.5)
    with line(doors) as connection:
        connection.sendall(request("POST", headers="Content-Length: 99\r\n").encode() + b"{")
        answer = rest(connection)
        assert answer is not None, "it is still open"
        assert answer.startswith(b"HTTP/1.1 400")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["data"]["code"] == "invalid_json"
    assert well(doors)


def test_a_connection_may_be_kept_for_many_requests_and_pipelines_stay_in_order(doors: Doors) -> None:
    bodies = [event("say", id=f"p{k}", text="x") for k in range(100)]
    posts = [request("POST", headers=f"Content-Length: {len(body)}\r\n") + body for body in bodies]
    with line(doors) as connection:
        connection.sendall("".join(posts).encode())
        got = b""
        while b'"id":"p99"' not in got:
            part = connection.recv(65536)
            assert part
            got += part
    order = [got.index(f'"id":"p{k}"'.encode()) for k in range(100)]
    assert order == sorted(order)


def test_the_65th_connection_is_cut_and_room_comes_back(doors: Doors) -> None:
    held = [line(doors) for _ in range(lines.CONNECTIONS)]
    try:
        with line(doors) as more:
            assert rest(more) == b"", "more connections than anybody needs"
        held[0].sendall(request("PUT").encode())
        assert held[0].recv(100).startswith(b"HTTP/1.1 405"), "those that were there stay"
    finally:
        for connection in held:
            connection.close()
    assert settles(lambda: _tried(doors))


def _tried(doors: Doors) -> bool:
    try:
        return well(doors)
    except OSError:
        return False


def test_who_never_says_hello_is_let_go_and_who_did_stays(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "HELLO_S", 0.4)
    with dial(doors) as silent, dial(doors) as polite:
        greet(polite)
        with pytest.raises(ConnectionClosed) as closing:
            silent.recv(timeout=3)
        assert closing.value.rcvd is not None
        assert closing.value.rcvd.code == 1008
        assert "no hello" in closing.value.rcvd.reason
        assert ask(polite, event("say", text="x"))["type"] == "presence.ack"


def test_a_message_in_endless_pieces_is_closed(doors: Doors) -> None:
    with upgraded(doors) as connection:
        connection.sendall(frame(1, b"{", last=False) + frame(0, b"", last=False) * (2 * lines.PIECES))
        answer = rest(connection)
        assert answer is not None, "it is still open"
        assert answer[:1] == b"\x88"
        assert struct.unpack("!H", answer[2:4])[0] == 1009
    with upgraded(doors) as connection:
        text = event("hello", client="pieces").encode()
        connection.sendall(
            frame(1, text[:9], last=False)
            + b"".join(frame(0, text[k : k + 1], k == len(text) - 1) for k in range(9, len(text)))
        )
        assert b"presence.welcome" in connection.recv(4096), "as many as it needs are put together"
    assert well(doors)


def test_pings_whose_answers_nobody_reads_are_cut(doors: Doors) -> None:
    with upgraded(doors) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(2)
        pings = frame(9, bytes(125)) * 1000
        with pytest.raises(OSError, match=r"reset|pipe|aborted"):
            connection.sendall(pings * 400)
    assert well(doors)


@pytest.mark.parametrize(
    "bad",
    [
        b"\x83\x80\x00\x00\x00\x00",  # an opcode that there is not
        b"\xc1\x80\x00\x00\x00\x00",  # a reserved bit
        b"\x81\x01x",  # no mask
        b"\x89\xfe\x00\x7e\x00\x00\x00\x00" + bytes(126),  # a ping that is too long
        frame(0, b"x"),  # the end of nothing
        frame(1, b"\xff\xfe"),  # no UTF-8
        frame(8, b"\x03"),  # a reason cut in two
        frame(1, b"x", last=False) + frame(1, b"y"),  # a message inside a message
    ],
)
def test_frames_that_are_none_close_with_a_reason_of_the_standard(doors: Doors, bad: bytes) -> None:
    with dial(doors) as other, upgraded(doors) as connection:
        greet(other)
        connection.sendall(bad)
        answer = rest(connection)
        assert answer is not None, "it is still open"
        assert answer[:1] == b"\x88"
        assert struct.unpack("!H", answer[2:4])[0] in (1002, 1007)
        assert ask(other, event("say", text="x"))["type"] == "presence.ack"
    assert settles(lambda: doors.hub.clients == 0)


def test_posts_beyond_the_rate_are_told_and_their_connection_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "RATE", 20.0)
    with opened() as (doors, _):
        codes = [post(doors, event("say", text="x"))[0] for _ in range(60)]
        assert codes[:15] == [202] * 15
        assert 429 in codes
        body = "x" * 400_000  # counts as twenty-five: more than there is room for
        answer = raw(doors, request("POST", headers=f"Content-Length: {len(body)}\r\n") + body)
        assert answer.startswith(b"HTTP/1.1 429")
        assert b"connection: close" in answer.lower()


def test_the_system_is_asked_to_notice_a_peer_that_vanished() -> None:
    class Transport:
        def __init__(self, sock: socket.socket) -> None:
            self.sock = sock

        def get_extra_info(self, name: str) -> socket.socket:
            return self.sock

    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        lines.watch_peer(Transport(client))  # type: ignore[arg-type]
        assert client.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if sys.platform.startswith("linux"):
            assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1000 * lines.PEER_S
            assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a second loopback address")
def test_another_address_is_listened_on_beside_loopback_under_its_own_name() -> None:
    with opened({"abc": ["speak"]}) as (doors, _):
        taken = doors.port
        assert taken is not None
        with pytest.raises(PortError, match="no address of this machine"):
            Doors(None, None).listen(0, "203.0.113.9")  # type: ignore[arg-type]
    for host, good, bad in [
        ("127.0.0.2", ["127.0.0.2", "localhost:8765"], ["127.0.0.3", "evil.example"]),
        ("0.0.0.0", ["127.0.0.2", "10.1.2.3:80", "[fe80::1]:80"], ["evil.example", "10.1.2.3.evil.example"]),
    ]:
        other = Doors(doors._inbox, doors.hub.clock, keys={"abc": ["speak"]})
        other.listen(0, host)
        try:
            for name in good:
                headers = {"Host": name, "Authorization": "Bearer abc"}
                assert post(other, event("say", text="x"), headers)[0] == 202
            for name in bad:
                assert post(other, event("say", text="x"), {"Host": name, "Authorization": "Bearer abc"})[0] == 403
            with connect(other.url.replace("127.0.0.1", "127.0.0.2"), proxy=None) as socket_:
                assert greet(socket_)["data"]["code"] == "not_authorised"
                assert greet(socket_, token="abc")["type"] == "presence.welcome"
        finally:
            other.stop()


def test_who_is_on_this_machine() -> None:
    for address, near in [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("192.168.1.9", False), ("", False)]:
        assert is_near({"client": (address, 1)}) is near
    assert not is_near({"client": None})


def test_each_session_that_ends_is_told_once_however_it_ended(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[Session] = []
    monkeypatch.setattr(doors.hub, "closed", ended.append)
    with dial(doors) as polite:
        name = greet(polite)["data"]["session"]
    assert settles(lambda: [s.id for s in ended] == [name])
    cut = upgraded(doors)
    cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    cut.close()
    assert settles(lambda: len(ended) == 2), "a connection that was reset"
    with line(doors) as listener:
        listener.sendall(request().encode())
        assert settles(lambda: doors.hub.clients == 1)
    assert settles(lambda: len(ended) == 3), "a listener by HTTP"
    client = doors.memory()
    client.close()
    client.close()
    assert len(ended) == 4
    time.sleep(0.05)
    assert len({s.id for s in ended}) == 4
    assert all(s.closed for s in ended)


def test_an_idle_client_that_only_listens_stays(doors: Doors) -> None:
    with dial(doors) as listener:
        greet(listener)
        time.sleep(0.3)
        doors.publish(messages.Camera(state="live"))
        assert hear(listener)["type"] == "presence.camera"
