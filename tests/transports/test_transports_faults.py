"""What comes from a backend that is broken, hostile or gone (docs/FAULTS.md), at every door, and by others' clients."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import numpy as np
import pytest
from door import ask, dial, event, greet, hear, opened, settles
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from avatar.clock import ManualClock
from avatar.events import messages
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import MAX_CLIENTS, RATE, Delivery, Hub, Session
from avatar.io.transports.stdio import StdioDoor
from avatar.io.voice.playback import open_device
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.speaking import Speaker
from avatar.speech.visemes import track
from avatar.types import Phone, Speech

NO_UTF8 = [b"\xff\xfe\xfd", b"{\xc3\x28}", b"\xed\xa0\x80"]
GARBAGE = [b"\x00\x01\x02", b"{", b"}{", b"[1,2", b'"text', b"nul", b"GET / HTTP/1.1", *NO_UTF8]
LONG = b"x" * (10 << 20)


def test_garbage_ten_mebibytes_and_bad_utf8_on_lines_and_the_stream_finds_its_feet() -> None:
    taken: list[Delivery] = []
    hub = Hub(taken.append, ManualClock(), Capabilities())
    good = [event("say", id=str(k), text="Hello.").encode() for k in range(4)]
    lines = [good[0], *GARBAGE, good[1], LONG, good[2], LONG + b"\xff", b"", good[3]]
    out = io.BytesIO()
    door = StdioDoor(hub, io.BytesIO(b"\n".join(lines) + b"\n" + good[0][:20]), out)
    door.read()
    door.close()
    door.write()
    answers = [json.loads(line)["data"] for line in out.getvalue().splitlines()]
    assert [d.event.id for d in taken] == ["0", "1", "2", "3"]
    assert [a.get("code") for a in answers] == [
        *(None, *["invalid_json"] * len(GARBAGE), None),
        *("too_large", None, "too_large", None, "invalid_json"),
    ]


@pytest.mark.parametrize("bad", GARBAGE, ids=repr)
def test_garbage_on_a_socket_is_answered_or_closes_as_its_standard_says(bad: bytes) -> None:
    with opened() as (doors, inbox), dial(doors) as other:
        greet(other)
        with dial(doors) as socket:
            greet(socket)
            if bad in NO_UTF8:
                with pytest.raises(ConnectionClosed) as closing:
                    _all(socket, bad)
                assert closing.value.rcvd is not None
                assert closing.value.rcvd.code == 1007
            else:
                socket.send(bad, text=True)
                assert hear(socket)["data"]["code"] == "invalid_json"
                assert ask(socket, event("say", text="x"))["type"] == "presence.ack"
        assert ask(other, event("say", text="x"))["type"] == "presence.ack"
        assert all(isinstance(d.event.data, messages.Say) for d in inbox.drain())


def test_ten_mebibytes_on_a_socket_and_by_post() -> None:
    with opened() as (doors, inbox), dial(doors) as other:
        greet(other)
        with dial(doors) as socket:
            greet(socket)
            with pytest.raises(ConnectionClosed):
                _all(socket, LONG)
        with httpx.Client(base_url=f"http://127.0.0.1:{doors.port}", trust_env=False) as client:
            with contextlib.suppress(httpx.TransportError):  # the door may be shut while it still sends
                assert client.post("/v1/events", content=LONG).status_code == 413
            assert client.post("/v1/events", content=event("say", text="x")).status_code == 202
        assert ask(other, event("say", text="x"))["type"] == "presence.ack"
        assert len(inbox.drain()) == 2


def _all(socket: ClientConnection, data: bytes) -> None:
    socket.send(data, text=True)
    socket.recv(timeout=5)


def test_httpx_posts_and_hears() -> None:
    with opened({"abc": ["speak"]}) as (doors, inbox):
        base, bearer = f"http://127.0.0.1:{doors.port}", {"Authorization": "Bearer abc"}
        with httpx.Client(base_url=base, headers=bearer, trust_env=False) as client:
            answer = client.post("/v1/events", content=event("say", id="a", text="Hello."))
            assert (answer.status_code, answer.json()["data"]) == (202, {"id": "a"})
            assert client.post("/v1/events", json=json.loads(event("panic"))).status_code == 403
            assert client.post("/v1/events", content=b"\xff").json()["data"]["code"] == "invalid_json"
            with client.stream("GET", "/v1/events", params={"visemes": "1"}) as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                lines = stream.iter_lines()
                assert next(lines) == ": presence"
                doors.publish(messages.SpeechStarted(utterance="a", at=1.0, seconds=2.0))
                data = next(line for line in lines if line.startswith("data: "))
                assert json.loads(data[6:])["type"] == "presence.speech.started"
        with httpx.Client(base_url=base, trust_env=False) as stranger:
            assert stranger.post("/v1/events", content=event("say", text="x")).status_code == 401
            assert stranger.get("/v1/events").status_code == 401
        assert len(inbox.drain()) == 1
        assert settles(lambda: doors.hub.clients == 0)


def test_websockets_asynchronously() -> None:
    """The other half of that library, in a process of its own."""
    code = """
import asyncio, json, sys
from websockets.asyncio.client import connect
async def main():
    async with connect(sys.argv[1], proxy=None) as door:
        for text in sys.argv[2:]:
            await door.send(text)
            print(json.loads(await door.recv())["type"])
asyncio.run(main())
"""
    with opened() as (doors, _):
        words = [event("hello", client="async"), event("say", text="Hello.")]
        out = subprocess.check_output([sys.executable, "-c", code, doors.url, *words], text=True, timeout=30)
    assert out.split() == ["presence.welcome", "presence.ack"]


def test_a_flood_is_limited_and_the_others_are_answered() -> None:
    """One client sends as fast as it can; it is refused and closed, what reaches the engine is bounded."""
    with opened(inbox=256) as (doors, inbox), dial(doors) as other:
        greet(other)
        taken = 0
        over = threading.Event()

        def engine() -> None:
            nonlocal taken
            while not over.wait(1 / 60):
                taken += len(inbox.drain())

        def flood() -> None:
            with dial(doors) as socket:
                greet(socket)
                for k in range(20_000):
                    socket.send(event("say", id=f"f{k}", text="x"))

        threads = [threading.Thread(target=engine), threading.Thread(target=_closed, args=(flood,))]
        for thread in threads:
            thread.start()
        start = time.perf_counter()
        answers = [ask(other, event("say", text="x"))["type"] for _ in range(20)]
        threads[1].join()
        took = time.perf_counter() - start
        over.set()
        threads[0].join()
        assert answers.count("presence.ack") >= 10, "a full inbox may refuse some, the flood's fault; it recovers"
        assert taken <= RATE * (1 + took) + 20
        assert settles(lambda: doors.hub.clients == 1)
        inbox.drain()
        assert ask(other, event("say", text="x"))["type"] == "presence.ack"


def _closed(work: Callable[[], None]) -> None:
    try:
        work()
    except ConnectionClosed:
        return


def test_sixteen_clients_are_served_the_seventeenth_is_told_and_may_come_later() -> None:
    with opened() as (doors, inbox), contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(dial(doors)) for _ in range(MAX_CLIENTS)]
        for socket in sockets:
            assert greet(socket)["type"] == "presence.welcome"
        answer = httpx.get(f"http://127.0.0.1:{doors.port}/v1/events", trust_env=False)
        assert answer.status_code == 503
        assert "too many" in answer.text
        doors.publish(messages.Camera(state="live"))
        assert [hear(socket)["type"] for socket in sockets] == ["presence.camera"] * MAX_CLIENTS
        for socket in sockets:
            assert ask(socket, event("say", text="x"))["type"] == "presence.ack"
        assert len(inbox.drain()) == MAX_CLIENTS
        sockets[0].close()
        assert settles(lambda: doors.hub.clients == MAX_CLIENTS - 1)
        with dial(doors) as late:
            assert greet(late)["type"] == "presence.welcome"


class Drum:
    """A voice that says each word as one open vowel of 0.3 s."""

    def warm(self) -> None:
        pass

    def speaks(self, language: str | None) -> bool:
        return True

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        seconds = 0.3 * len(text.split())
        sound = np.full(int(24000 * seconds), 0.1, np.float32)
        return Speech(utterance, caption or text, sound, 24000, track((Phone("AA", 0.0, seconds, 1, 0),), seconds))


class Room:
    """A conversation behind a real port, on a clock that moves when told."""

    def __init__(self) -> None:
        self.clock, self.inbox = ManualClock(), Inbox[Delivery]()
        self.speaker = Speaker(self.clock, open_device(self.clock, "none"), lambda name: Drum(), sync=True)
        self.doors = Doors(self.inbox, self.clock, Capabilities(expressions=["happy"], gestures=["wave"]))
        self.talk = Conversation(self.inbox, self.speaker, self.doors.publish, "Hikari", ["happy"], ["wave"])

    def run(self, seconds: float) -> list[float]:
        """How far the lips were from shut, at each of sixty pictures a second."""
        mouths = []
        for _ in range(round(seconds * 60)):
            now = self.clock.advance(1 / 60)
            self.talk.step(now)
            mouths.append(float(self.speaker.mouth(now, np.empty(15, np.float32))[2:].max()))
        return mouths


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    room.doors.listen(0)
    yield room
    room.doors.stop()
    room.speaker.close()


STREAMS = {
    "words": ("say.delta", {"text": "One two three four. Five six"}),
    "sound": ("speech.audio", {"encoding": "pcm_s16le", "rate": 24000, "channels": 1}),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_a_client_that_dies_in_mid_utterance_leaves_a_shut_mouth_and_nothing_is_replayed(room: Room, kind: str) -> None:
    type, fields = STREAMS[kind]
    if kind == "sound":
        pcm = (8000 * (np.arange(24000) * 150 / 24000 % 1.0 - 0.5)).astype("<i2").tobytes()
        fields = {**fields, "audio": base64.b64encode(pcm).decode()}
    ended: list[Session] = []
    room.doors.hub.closed = ended.append
    with dial(room.doors) as socket:
        name = greet(socket)["data"]["session"]
        assert ask(socket, event(type, utterance="u", **fields))["type"] == "presence.ack"
        if kind == "sound":
            vowels = [[0.0, 0.5, "AA"], [0.5, 1.0, "IY"]]
            ask(socket, event("speech.timing", utterance="u", unit="phone", alphabet="arpabet", marks=vowels))
        spoken = room.run(0.6)
        assert max(spoken) > 0.2, "it is speaking"
        socket.socket.shutdown(2)
    assert settles(lambda: [s.id for s in ended] == [name]), "the engine is told who left"
    room.run(8.0)
    assert not room.speaker.busy, "it waits for more for ever"
    assert max(room.run(0.5)) < 0.02, "the mouth stands open"
    said = list(room.talk.spoken)
    with dial(room.doors) as back:
        greet(back)
        assert max(room.run(3.0)) < 0.02
        assert room.talk.spoken == said
        with pytest.raises(TimeoutError):
            back.recv(timeout=0.2)
        assert ask(back, event("say", text="New words."))["type"] == "presence.ack"
        assert max(room.run(1.0)) > 0.2, "it can speak again"


def test_a_backend_that_keeps_silent_gets_no_words_invented(room: Room) -> None:
    with dial(room.doors) as socket:
        greet(socket)
        assert max(room.run(10.0)) < 0.02
        assert room.talk.spoken == []
        assert not room.speaker.busy
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.2)
        ask(socket, event("say.delta", utterance="u", text="I was about to"))
        room.run(8.0)
        assert room.talk.spoken == ["I was about to"], "what was begun is said, and no more"
        assert not room.speaker.busy
