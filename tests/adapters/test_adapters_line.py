"""Adapters over real sockets: an engine's door on one side, a fake of the program on the other, and what breaks."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from adapter_fakes import ANSWER, HELLO, IDENTIFIED, SET_MODEL, YES, rtvi, sentence, tone, vts
from websockets.asyncio.server import Server, ServerConnection, serve

from avatar.clock import SystemClock
from avatar.errors import PortError, UsageError
from avatar.events import messages
from avatar.events.messages import Capabilities
from avatar.io.adapters.base import Adapter
from avatar.io.adapters.obs import Obs, Wishes
from avatar.io.adapters.open_llm_vtuber import OpenLlmVtuber
from avatar.io.adapters.pipecat_rtvi import PipecatRtvi
from avatar.io.adapters.protobuf import message_frame, pack_message
from avatar.io.adapters.vtube_studio import VTubeStudio
from avatar.io.transports.hub import Delivery
from avatar.runtime import adapting
from avatar.runtime.adapter_line import LARGEST, Joint
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox

CAN = Capabilities(expressions=["neutral", "happy", "sad"], gestures=["wave", "nod"])
Serve = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture
def engine() -> Iterator[tuple[Doors, Inbox[Delivery]]]:
    inbox: Inbox[Delivery] = Inbox()
    doors = Doors(inbox, SystemClock(), CAN)
    doors.listen(0)
    yield doors, inbox
    doors.stop()


class Scene:
    """A program, an adapter, an engine's door. heard : what the program was sent; told : the person's lines."""

    def __init__(self, engine: tuple[Doors, Inbox[Delivery]], make: Callable[[str, int], Adapter], program: Serve):
        self.doors, self.inbox = engine
        self.make, self.program = make, program
        self.heard: list[Any] = []
        self.told: list[str] = []
        self.kept: list[str] = []
        self.taken: list[Delivery] = []
        self.allowed: Callable[[str], bool] = lambda host: False
        self.connections = 0
        self.url = ""
        self.server: Server | None = None

    async def open(self, url: str | None = None) -> asyncio.Task[None]:
        async def one(peer: ServerConnection) -> None:
            self.connections += 1
            await self.program(peer)

        self.server = await serve(one, "127.0.0.1", 0, max_size=None, compression=None)
        self.url = url or f"ws://127.0.0.1:{next(iter(self.server.sockets)).getsockname()[1]}"
        joint = Joint(
            self.make,
            self.url,
            self.doors.url,
            self.told.append,
            lambda host: self.allowed(host),
            keep=self.kept.append,
            first=0.02,
        )
        self.stop = asyncio.Event()
        return asyncio.create_task(adapting.carry(joint, self.stop))

    async def until(self, true: Callable[[], bool], seconds: float = 10.0) -> None:
        for _ in range(int(seconds / 0.01)):
            self.taken += self.inbox.drain()
            if true():
                return
            await asyncio.sleep(0.01)
        types = [d.event.type for d in self.taken]
        raise AssertionError(f"it never was: {self.told} {len(types)} {types[-5:]} {self.heard[-3:]}")

    async def close(self, task: asyncio.Task[None]) -> None:
        self.stop.set()
        await self.ended(task)

    async def ended(self, task: asyncio.Task[None]) -> None:
        """Wait for its end, which may be an error."""
        try:
            await asyncio.wait_for(task, 5)
        finally:
            assert self.server is not None
            self.server.close()
            await self.server.wait_closed()

    def types(self) -> list[str]:
        return [d.event.type for d in self.taken]


def play(engine: Any, make: Callable[[str, int], Adapter], program: Any, story: Any, url: str | None = None) -> Scene:
    """Run a story: ``program(scene, peer)`` is the other side, ``story(scene)`` what happens."""

    async def all_of_it() -> Scene:
        scene = Scene(engine, make, lambda peer: program(scene, peer))
        task = await scene.open(url)
        await story(scene)
        await scene.close(task)
        return scene

    return asyncio.run(all_of_it())


async def keep(scene: Scene, peer: ServerConnection) -> None:
    """Note what comes, until it is closed."""
    async for message in peer:
        scene.heard.append(message)


def olv(session: str, attempt: int) -> Adapter:
    return OpenLlmVtuber(session)


def test_open_llm_vtuber_over_sockets(engine: Any) -> None:
    async def program(scene: Scene, peer: ServerConnection) -> None:
        await peer.send('{"type": "full-text", "text": "Connection established"}')
        await peer.send(SET_MODEL)
        await peer.send(sentence(sound=tone(2.0)))
        await peer.send('{"type": "backend-synth-complete"}')
        await keep(scene, peer)

    async def story(scene: Scene) -> None:
        await scene.until(lambda: len(scene.taken) == 2)
        audio = scene.taken[1].event.data
        assert isinstance(audio, messages.SpeechAudio)
        scene.doors.publish(messages.SpeechStarted(utterance=audio.utterance, at=1.0, seconds=2.0))
        await scene.until(lambda: len(scene.taken) == 3)
        scene.doors.publish(messages.SpeechFinished(utterance=audio.utterance, at=3.0, seconds=2.0))
        await scene.until(lambda: len(scene.heard) == 2)

    scene = play(engine, olv, program, story)
    assert scene.types() == ["presence.speech.timing", "presence.speech.audio", "presence.express"]
    assert [json.loads(m)["type"] for m in scene.heard] == ["audio-play-start", "frontend-playback-complete"]
    assert scene.told == [f"open-llm-vtuber: joined {scene.url}"]


def test_a_bot_that_dies_in_mid_utterance_falls_silent_and_says_nothing_again(engine: Any) -> None:
    async def program(scene: Scene, peer: ServerConnection) -> None:
        await peer.recv()
        await peer.send(rtvi("bot-ready", '{"version": "1.0.0"}'))
        if scene.connections == 1:
            await peer.send(rtvi("bot-tts-text", '{"text": "I wanted to say"}'))
            await scene.until(lambda: len(scene.taken) == 1)
            peer.transport.abort()
            return
        await keep(scene, peer)

    async def story(scene: Scene) -> None:
        await scene.until(lambda: len([t for t in scene.told if "joined" in t]) == 2)

    scene = play(engine, lambda s, a: PipecatRtvi(s), program, story)
    said, stop = scene.taken
    assert isinstance(said.event.data, messages.SayDelta)
    assert stop.event.data == messages.Interrupt(utterance=said.event.data.utterance)
    joined = f"pipecat: joined {scene.url}"
    assert scene.told == [joined, "pipecat: the connection is lost; trying again", joined]


def test_a_bot_that_speaks_pipecats_frames_is_found_at_the_second_attempt(engine: Any) -> None:
    async def program(scene: Scene, peer: ServerConnection) -> None:
        first = await peer.recv()
        if isinstance(first, str):
            await peer.close()  # it cannot read it
            return
        scene.heard.append(json.loads(message_frame(first) or ""))
        await peer.send(pack_message(rtvi("bot-ready", '{"version": "1.4.0"}')))
        await keep(scene, peer)

    async def story(scene: Scene) -> None:
        await scene.until(lambda: any("joined" in line for line in scene.told))

    scene = play(engine, lambda s, a: adapting.source(PipecatRtvi, s, a), program, story)
    assert scene.connections == 2
    assert scene.heard[0]["type"] == "client-ready"


def test_obs_over_sockets_with_its_password(engine: Any) -> None:
    async def program(scene: Scene, peer: ServerConnection) -> None:
        assert peer.subprotocol is None or peer.subprotocol == "obswebsocket.json"
        await peer.send(HELLO)
        identify = json.loads(await peer.recv())
        if identify["d"]["authentication"] != ANSWER:
            await peer.close(4009, "Authentication failed.")
            return
        await peer.send(IDENTIFIED)
        await keep(scene, peer)

    async def story(scene: Scene) -> None:
        await scene.until(lambda: len(scene.heard) == 1)
        scene.doors.publish(messages.CaptionShown(text="I am here.", speaker="Hikari", utterance="u"))
        await scene.until(lambda: len(scene.heard) == 2)

    scene = play(engine, lambda s, a: Obs(Wishes(captions="C"), "supersecretpassword"), program, story)
    texts = [json.loads(m)["d"].get("requestData", {}).get("inputSettings", {}).get("text") for m in scene.heard]
    assert texts == [None, "I am here.", ""], "nor is a caption left standing"

    async def refused() -> None:
        scene = Scene(engine, lambda s, a: Obs(Wishes(), "wrong"), lambda peer: program(scene, peer))
        with pytest.raises(PortError, match=r"^obs: OBS refuses the password"):
            await scene.ended(await scene.open())

    asyncio.run(refused())


def test_vtube_studio_over_sockets_is_sent_a_mouth(engine: Any) -> None:
    async def program(scene: Scene, peer: ServerConnection) -> None:
        async for message in peer:
            said = json.loads(message)
            scene.heard.append(said)
            match said["messageType"]:
                case "AuthenticationTokenRequest":
                    await peer.send(vts("AuthenticationTokenResponse", '{"authenticationToken": "adcd-123"}'))
                case "AuthenticationRequest":
                    await peer.send(vts("AuthenticationResponse", YES))
                case "InjectParameterDataRequest":
                    await peer.send(vts("InjectParameterDataResponse", "{}"))

    async def story(scene: Scene) -> None:
        def opened() -> list[float]:
            rows = [m["data"]["parameterValues"] for m in scene.heard if m["messageType"].startswith("Inject")]
            return [row["value"] for values in rows for row in values if row["id"] == "MouthOpen"]

        await scene.until(lambda: opened() == [0.0])
        scene.doors.publish(messages.Viseme(at=1.0, weights=[0.0] * 10 + [1.0] + [0.0] * 4))
        await scene.until(lambda: 1.0 in opened())
        await scene.until(lambda: opened().count(1.0) >= 2)  # again, though nothing has changed

    scene = play(engine, lambda s, a: VTubeStudio(), program, story)
    assert scene.kept == ["adcd-123"]
    last = [m for m in scene.heard if m["messageType"].startswith("Inject")][-1]
    assert {"id": "MouthOpen", "value": 0.0} in last["data"]["parameterValues"], "it shuts as we leave"


def test_garbage_is_told_once_and_ends_a_connection_that_sends_nothing_else(engine: Any) -> None:
    async def program(scene: Scene, peer: ServerConnection) -> None:
        if scene.connections == 1:
            for _ in range(40):
                await peer.send("\x00garbage")
        else:
            await peer.send("}{")
            await peer.send('{"type": "full-text", "text": "Connection established"}')
        await keep(scene, peer)

    async def story(scene: Scene) -> None:
        await scene.until(lambda: any("joined" in line for line in scene.told))

    scene = play(engine, olv, program, story)
    assert scene.told == [
        "open-llm-vtuber: a message was left out: it is not JSON",
        "open-llm-vtuber: 32 messages in a row could not be read; trying again",
        "open-llm-vtuber: a message was left out: it is not JSON",
        f"open-llm-vtuber: joined {scene.url}",
    ]


def test_ten_mebibytes_are_not_read(engine: Any) -> None:
    async def program(scene: Scene, peer: ServerConnection) -> None:
        await peer.send(SET_MODEL)
        if scene.connections == 1:
            await peer.send("x" * (10 << 20))
        await keep(scene, peer)

    async def story(scene: Scene) -> None:
        await scene.until(lambda: scene.connections == 2)

    scene = play(engine, olv, program, story)
    assert LARGEST < 10 << 20
    assert "open-llm-vtuber: a message was larger than 8 MiB, and it was let go; trying again" in scene.told


def test_one_that_stays_silent_is_given_up_and_tried_again(engine: Any) -> None:
    def impatient(session: str, attempt: int) -> Adapter:
        made = OpenLlmVtuber(session)
        made.patience = 0.1
        return made

    async def story(scene: Scene) -> None:
        await scene.until(lambda: scene.connections >= 2)

    scene = play(engine, impatient, keep, story)
    assert scene.told == [
        f"open-llm-vtuber: what answers at {scene.url} does not speak as open-llm-vtuber does; trying again"
    ], "the same line is told once"


def test_another_version_ends_it(engine: Any) -> None:
    async def program(scene: Scene, peer: ServerConnection) -> None:
        await peer.recv()
        await peer.send(rtvi("bot-ready", '{"version": "9.0.0"}'))
        await keep(scene, peer)

    async def all_of_it() -> None:
        scene = Scene(engine, lambda s, a: PipecatRtvi(s), lambda peer: program(scene, peer))
        with pytest.raises(PortError, match=r"^pipecat: the bot speaks RTVI 9\.0\.0; this adapter knows 1\.x$"):
            await scene.ended(await scene.open())

    asyncio.run(all_of_it())


def test_a_flood_is_read_no_faster_than_the_engine_takes_it(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 expressions at once, where the engine takes 800: none is refused for coming too fast."""
    monkeypatch.setattr("avatar.io.transports.hub.RATE", 800.0)
    monkeypatch.setattr("avatar.runtime.adapter_line.RATE", 400.0)

    async def program(scene: Scene, peer: ServerConnection) -> None:
        await peer.send(SET_MODEL)
        for k in range(1000):
            await peer.send(sentence("...", "[3]" if k < 999 else "[1]"))
        await keep(scene, peer)

    async def story(scene: Scene) -> None:
        await scene.until(lambda: bool(scene.taken) and scene.taken[-1].event.data.expression == "sad", 20.0)  # type: ignore[attr-defined]

    scene = play(engine, olv, program, story)
    assert len(scene.taken) == 1000
    assert scene.told == [f"open-llm-vtuber: joined {scene.url}"]


def test_without_an_engine_it_says_so_once_and_joins_when_there_is_one(engine: Any) -> None:
    async def program(scene: Scene, peer: ServerConnection) -> None:
        await peer.send(SET_MODEL)
        await keep(scene, peer)

    async def story(scene: Scene) -> None:
        await scene.until(lambda: any("joined" in line for line in scene.told))
        port = scene.doors.port
        scene.doors.stop()
        await scene.until(lambda: any("no engine answers" in line for line in scene.told))
        again = Doors(scene.inbox, SystemClock(), CAN)
        again.listen(port or 0)
        await scene.until(lambda: scene.told[-1] == f"open-llm-vtuber: joined {scene.url}")
        again.stop()

    scene = play(engine, olv, program, story)
    assert len([line for line in scene.told if "no engine answers" in line]) == 1


def test_a_token_is_read_anew_for_each_connection_and_a_wrong_one_ends_it() -> None:
    """An engine that is started after the adapter makes the person's token only then."""
    doors = Doors(Inbox(), SystemClock(), CAN, keys={"right": ["speak", "pose"]})
    doors.listen(0)
    given = iter([None, "right"])

    async def with_tokens(tokens: Any) -> list[str]:
        told: list[str] = []
        scene = Scene((doors, Inbox()), olv, lambda peer: peer.send(SET_MODEL))
        async with serve(lambda peer: peer.send(SET_MODEL), "127.0.0.1", 0) as server:
            url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            joint = Joint(scene.make, url, doors.url, told.append, scene.allowed, tokens, first=0.02)
            task = asyncio.create_task(adapting.carry(joint, asyncio.Event()))
            while not task.done() and not any("joined" in line for line in told):
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises((PortError, asyncio.CancelledError)) as ended:
                await task
            return [*told, str(ended.value)]

    assert "a token this engine knows is needed" in asyncio.run(with_tokens(lambda: next(given)))[-1]
    assert any("joined" in line for line in asyncio.run(with_tokens(lambda: next(given))))
    doors.stop()


def test_nothing_is_sent_to_another_machine_without_consent(engine: Any) -> None:
    async def all_of_it() -> list[str]:
        scene = Scene(engine, olv, lambda peer: keep(scene, peer))
        task = await scene.open("ws://vtuber.example.org:12393/client-ws")
        with pytest.raises(UsageError, match=r"avatar consent grant remote-adapter vtuber\.example\.org$"):
            await scene.ended(task)
        return scene.told

    assert asyncio.run(all_of_it()) == []


def test_a_consent_that_is_withdrawn_ends_the_connection(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's other name stands for another machine."""
    yes = [True]
    monkeypatch.setattr("avatar.runtime.adapting.local", lambda url: False)
    monkeypatch.setattr("avatar.runtime.adapter_line.local", lambda url: False)

    async def program(scene: Scene, peer: ServerConnection) -> None:
        await peer.send(SET_MODEL)
        await keep(scene, peer)

    async def all_of_it() -> None:
        scene = Scene(engine, olv, lambda peer: program(scene, peer))
        scene.allowed = lambda host: yes[0]
        task = await scene.open()
        await scene.until(lambda: any("joined" in line for line in scene.told))
        yes[0] = False
        with pytest.raises(UsageError, match="consent grant"):
            await scene.ended(task)
        assert scene.told[-1] == "open-llm-vtuber: the consent to its machine is withdrawn; trying again"

    asyncio.run(all_of_it())


def test_vtube_studio_is_found_by_what_it_says_of_itself() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = vts("VTubeStudioAPIStateBroadcast", '{"active": true, "port": 8011, "instanceID": "a", "windowTitle": "V"}')

    async def both() -> str | None:
        search = asyncio.get_running_loop().run_in_executor(None, adapting.discover, 5.0, port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
            while not search.done():
                speaker.sendto(b"noise", ("127.0.0.1", port))
                speaker.sendto(said.encode(), ("127.0.0.1", port))
                await asyncio.sleep(0.02)
        return await search

    assert asyncio.run(both()) == "ws://127.0.0.1:8011"
    assert adapting.discover(0.05, port) is None


def test_a_token_is_kept_for_the_person_alone(tmp_path: Path) -> None:
    secret = adapting.Secret(tmp_path / "presence" / "vtube-studio.token")
    assert secret.read() == ""
    secret.keep("adcd-123")
    assert secret.read() == "adcd-123"
    assert (tmp_path / "presence" / "vtube-studio.token").stat().st_mode & 0o077 == 0
    secret.keep("")
    assert secret.read() == ""


@pytest.mark.parametrize("url", ["http://a", "ws://", "ws://a:0", "ws://u:p@a", "ws://a:x", "127.0.0.1:4455"])
def test_what_is_no_address_is_one_error(url: str) -> None:
    with pytest.raises(UsageError, match="write an address as in ws://"):
        adapting.checked(url)


def test_a_name_that_is_none_is_one_error_with_the_others() -> None:
    with pytest.raises(UsageError, match="did you mean 'obs'"):
        adapting.kind("obss")
