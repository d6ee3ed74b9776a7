"""Sessions without any socket: who may send what, limits, repeats, and what goes out to whom."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import pytest

from avatar.clock import ManualClock
from avatar.errors import EventError
from avatar.events import messages
from avatar.events.codec import CODES, MAX_BYTES
from avatar.events.messages import SCOPES, Capabilities
from avatar.io.transports.hub import MAX_CLIENTS, MAX_ERRORS, RATE, Busy, Delivery, Hub, Session
from avatar.io.transports.memory import MemoryClient
from avatar.io.transports.stdio import StdioDoor

SAY = {"text": "Hello."}


def event(kind: str, id: str = "1", source: str = "t", **data: Any) -> str:
    return json.dumps({"specversion": "1.0", "id": id, "source": source, "type": f"presence.{kind}", "data": data})


class Stage:
    """Takes what a hub delivers."""

    def __init__(self, tokens: dict[str, Any] | None = None) -> None:
        self.clock = ManualClock(5.0)
        self.taken: list[Delivery] = []
        self.refuse: Exception | None = None
        self.hub = Hub(self.deliver, self.clock, Capabilities(gestures=["wave"]), tokens)

    def deliver(self, delivery: Delivery) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.taken.append(delivery)

    def session(self, **more: Any) -> Session:
        session = self.hub.open(**more)
        assert session is not None
        return session


def error(answer: messages.Data) -> messages.Error:
    assert isinstance(answer, messages.Error)
    assert answer.code in CODES
    return answer


def test_hello_first_then_welcome() -> None:
    stage = Stage()
    session = stage.session()
    early = error(session.receive(event("say", **SAY)))
    assert (early.code, early.id, early.pointer) == ("not_authorised", "1", "/type")
    welcome = session.receive(event("hello", client="bot"))
    assert isinstance(welcome, messages.Welcome)
    assert welcome.scopes == ["direct", "observe", "pose", "speak"]
    assert welcome.clock == 5.0
    assert welcome.capabilities.gestures == ["wave"]
    assert welcome.session == session.id
    assert session.receive(event("say", **SAY)) == messages.Ack(id="1")
    assert [d.session for d in stage.taken] == [session.id]
    assert error(session.receive(event("hello", id="2", client="bot"))).code == "duplicate"


@pytest.mark.parametrize(
    ("kind", "data", "scope"),
    [
        ("say", SAY, "speak"),
        ("goodbye", {}, "speak"),
        ("gesture", {"name": "wave"}, "pose"),
        ("panic", {}, "direct"),
    ],
)
def test_each_type_needs_its_scope(kind: str, data: dict[str, Any], scope: str) -> None:
    stage = Stage()
    for granted in sorted(SCOPES):
        session = stage.session()
        session.receive(event("hello", client="bot", scopes=[granted]))
        answer = session.receive(event(kind, id=granted, **data))
        if granted == scope:
            assert answer == messages.Ack(id=granted)
        else:
            refused = error(answer)
            assert (refused.code, refused.pointer) == ("scope", "/type")
            assert scope in refused.message
    assert len(stage.taken) == 1


def test_tokens_grant_scopes() -> None:
    stage = Stage({"secret": ["speak"], "other": ["speak", "pose"]})
    session = stage.session()
    for token in ({}, {"token": ""}, {"token": "wrong"}, {"token": "secre"}):
        refused = error(session.receive(event("hello", client="bot", **token)))
        assert (refused.code, refused.pointer) == ("not_authorised", "/data/token")
        assert error(session.receive(event("say", **SAY))).code == "not_authorised"
    welcome = session.receive(event("hello", client="bot", token="secret", scopes=["speak", "direct"]))
    assert isinstance(welcome, messages.Welcome)
    assert welcome.scopes == ["speak"]
    assert error(session.receive(event("panic"))).code == "scope"


def test_a_repeat_is_acknowledged_and_not_acted_on() -> None:
    stage = Stage()
    first, second = stage.session(scopes=SCOPES), stage.session(scopes=SCOPES)
    assert first.receive(event("say", id="a", **SAY)) == messages.Ack(id="a")
    assert first.receive(event("say", id="a", **SAY)) == messages.Ack(id="a")
    assert second.receive(event("say", id="a", text="again")) == messages.Ack(id="a")
    assert len(stage.taken) == 1
    second.receive(event("say", id="a", source="another", **SAY))
    assert len(stage.taken) == 2
    stage.refuse = EventError("not_ready", "later", "", "b")
    assert error(first.receive(event("say", id="b", **SAY))).code == "not_ready"
    stage.refuse = None
    assert first.receive(event("say", id="b", **SAY)) == messages.Ack(id="b")
    assert len(stage.taken) == 3


def test_32_errors_in_a_row_close_and_31_do_not() -> None:
    session = Stage().session(scopes=SCOPES)
    for _ in range(MAX_ERRORS - 1):
        session.receive("garbage")
    assert session.closed == ""
    session.receive(event("say", **SAY))
    for _ in range(MAX_ERRORS - 1):
        session.receive("garbage")
    assert session.closed == ""
    session.receive("garbage")
    assert session.closed


def test_an_engine_that_is_behind_is_no_reason_to_let_a_client_go() -> None:
    stage = Stage()
    session = stage.session(scopes=SCOPES)
    stage.refuse = Busy("1")
    for _ in range(3 * MAX_ERRORS):
        assert error(session.receive(event("say", **SAY))).code == "rate_limited"
    assert session.closed == ""
    for _ in range(MAX_ERRORS):
        session.receive("garbage")
    assert session.closed, "it does not pardon what is the client's own"


def test_rate_limit_by_count_and_by_size() -> None:
    stage = Stage()
    session = stage.session(scopes=SCOPES, patient=True)
    codes = [type(session.receive(event("say", id=str(k), **SAY))) for k in range(int(RATE) + 50)]
    assert codes[: int(RATE * 0.9)] == [messages.Ack] * int(RATE * 0.9)
    assert error(session.receive(event("say", id="x", **SAY))).code == "rate_limited"
    stage.clock.advance(0.5)
    accepted = sum(isinstance(session.receive(event("say", id=f"y{k}", **SAY)), messages.Ack) for k in range(int(RATE)))
    assert accepted == pytest.approx(RATE / 2, rel=0.02)
    other = stage.session(scopes=SCOPES)
    assert isinstance(other.receive(event("say", id="z", **SAY)), messages.Ack)
    stage.clock.advance(10)
    big = "x" * MAX_BYTES
    answers = [error(session.receive(big)).code for _ in range(60)]
    assert answers.count("rate_limited") > 20


def test_sixteen_clients() -> None:
    hub = Stage().hub
    sessions = [hub.open() for _ in range(MAX_CLIENTS)]
    assert None not in sessions
    assert hub.open() is None
    with pytest.raises(EventError):
        MemoryClient(hub)
    assert sessions[3] is not None
    hub.close(sessions[3])
    assert hub.clients == MAX_CLIENTS - 1
    assert hub.open() is not None


def test_a_fault_of_ours_is_internal_and_keeps_the_client() -> None:
    stage = Stage()
    client = MemoryClient(stage.hub)
    stage.refuse = RuntimeError("CANARY")
    answer = client.send("presence.say", **SAY)
    assert answer["data"]["code"] == "internal"
    assert "CANARY" not in json.dumps(answer)
    stage.refuse = None
    assert client.send("presence.say", **SAY)["type"] == "presence.ack"


def test_logs_never_hold_content(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    stage = Stage({"CANARY-token": ["speak"]})
    client = MemoryClient(stage.hub)
    client.send("presence.say", text="CANARY")
    client.send("presence.say", text="CANARY", voice=5)
    client.send_text("CANARY")
    stage.refuse = ValueError("CANARY")
    client.send("presence.say", text="CANARY 2")
    assert caplog.records
    assert "CANARY" not in caplog.text


def test_broadcasts_go_to_whom_they_are_for() -> None:
    stage = Stage()
    silent = stage.session()
    speaker = stage.session()
    speaker.receive(event("hello", client="a", scopes=["speak"]))
    watcher = stage.session()
    watcher.receive(event("hello", client="b", scopes=["observe"], visemes=True))
    stage.hub.broadcast(messages.Camera(state="live"))
    stage.hub.broadcast(messages.UserFace(at=1.0, smile=0.5))
    stage.hub.broadcast(messages.Viseme(at=1.0, weights=[0.0] * 15))

    def heard(session: Session) -> list[str]:
        return [json.loads(text)["type"].removeprefix("presence.") for _, text in iter(session.pop, None)]

    assert heard(silent) == []
    assert heard(speaker) == ["camera"]
    assert heard(watcher) == ["camera", "user.face", "viseme"]


def test_who_is_being_let_go_hears_no_more_news() -> None:
    stage = Stage()
    session = stage.session(scopes=SCOPES)
    session.let_go("its token has been revoked")
    session.let_go("something else")
    stage.hub.broadcast(messages.Camera(state="live"))
    assert session.closed == "its token has been revoked"
    assert session.pop() is None


def test_outbound_ids_are_unique() -> None:
    stage = Stage()
    client = MemoryClient(stage.hub)
    answers = [client.send("presence.say", text=str(k)) for k in range(5)]
    for _ in range(5):
        stage.hub.broadcast(messages.Camera(state="live"))
    ids = [e["id"] for e in answers + client.received()]
    assert len(set(ids)) == 10


def test_a_client_that_never_reads_is_let_go_and_holds_bounded_memory() -> None:
    stage = Stage()
    session = stage.session(scopes=SCOPES)
    for _ in range(10_000):
        stage.hub.broadcast(messages.Camera(state="live"))
    assert session.closed == "too far behind"
    assert len(list(iter(session.pop, None))) <= 4096


def test_a_late_refusal_reaches_its_client() -> None:
    stage = Stage()
    client, other = MemoryClient(stage.hub), MemoryClient(stage.hub)
    client.send("presence.say", id="q", **SAY)
    stage.taken[0].refuse(EventError("unknown_utterance", "gone", "/data/utterance"))
    (late,) = client.received()
    assert late["type"] == "presence.error"
    assert late["data"] == {
        "id": "q",
        "code": "unknown_utterance",
        "pointer": "/data/utterance",
        "message": "gone",
    }
    assert other.received() == []


def test_many_threads_deliver_each_event_once() -> None:
    stage = Stage()
    sessions = [stage.session(scopes=SCOPES, patient=True) for _ in range(8)]

    def work(session: Session) -> None:
        for k in range(300):
            session.receive(event("say", id=str(k), **SAY))

    threads = [threading.Thread(target=work, args=(s,)) for s in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(d.event.id) for d in stage.taken) == list(range(300))


def test_stdio_lines_in_and_out() -> None:
    stage = Stage()
    lines = [
        event("say", id="1", **SAY),
        "garbage",
        "",
        event("hello", id="2", client="parent"),
        event("say", id="3", text="x" * MAX_BYTES),
        "y" * (3 * MAX_BYTES),
        event("say", id="4", **SAY),
    ]
    data = "\n".join(lines).encode() + b"\n\xff\xfe\n" + event("say", id="5", **SAY).encode()
    out = io.BytesIO()
    door = StdioDoor(stage.hub, io.BytesIO(data), out)
    door.read()
    stage.hub.broadcast(messages.Camera(state="live"))  # the parent has closed its side and still listens
    door.close()
    stage.hub.broadcast(messages.Camera(state="lost"))
    door.write()
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    kinds = [(a["type"].removeprefix("presence."), a["data"].get("id"), a["data"].get("code")) for a in answers]
    assert kinds == [
        ("ack", "1", None),
        ("error", None, "invalid_json"),
        ("welcome", None, None),
        ("error", None, "too_large"),
        ("error", None, "too_large"),
        ("ack", "4", None),
        ("error", None, "invalid_json"),
        ("ack", "5", None),
        ("camera", None, None),
    ]
    assert [d.event.id for d in stage.taken] == ["1", "4", "5"]
    assert stage.hub.clients == 0


def test_stdio_finds_its_feet_after_any_garbage() -> None:
    stage = Stage()
    garbage = b"\n".join([b"\x00\xff{{{"] * 200) + b"\n"
    out = io.BytesIO()
    StdioDoor(stage.hub, io.BytesIO(garbage + event("say", **SAY).encode() + b"\n"), out).read()
    assert len(stage.taken) == 1


def test_sound_in_a_frame_of_bytes_goes_with_the_event_that_announced_it() -> None:
    stage = Stage()
    session = stage.session(scopes=SCOPES, binary=True)
    fields = {"utterance": "u", "encoding": "pcm_s16le", "rate": 24000, "channels": 1}
    assert error(session.receive_bytes(b"12")).code == "bad_value"
    for name in "ab":
        assert isinstance(session.receive(event("speech.audio", id=name, **fields)), messages.Ack)
    assert stage.taken == []
    assert session.receive_bytes(b"12") is None
    assert session.receive_bytes(b"3456") is None
    assert [(d.event.id, d.sound) for d in stage.taken] == [("a", b"12"), ("b", b"3456")]
    assert error(session.receive_bytes(b"78")).code == "bad_value"
    assert isinstance(session.receive(event("speech.audio", id="c", **fields)), messages.Ack)
    assert error(session.receive_bytes(bytes(MAX_BYTES + 1))).code == "too_large"


def test_a_door_without_frames_of_bytes_asks_for_the_sound_itself() -> None:
    fields = {"utterance": "u", "encoding": "pcm_s16le", "rate": 24000, "channels": 1}
    answer = error(Stage().session(scopes=SCOPES).receive(event("speech.audio", id="a", **fields)))
    assert (answer.code, answer.pointer) == ("missing_field", "/data/audio")
