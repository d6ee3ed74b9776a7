"""``avatar mcp`` as an agent's program meets it: the SDK's own client over stdio, a real engine behind it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="needs the extra 'mcp'")

from mcp import Client, StdioServerParameters

from avatar.clock import SystemClock
from avatar.errors import EventError, PortError, UsageError
from avatar.events.messages import Capabilities, SpeechFinished
from avatar.io.transports.hub import Delivery
from avatar.io.transports.link import Link
from avatar.runtime import agent
from avatar.runtime.doors import HANDLED, Doors
from avatar.runtime.mailbox import Inbox

CAN = Capabilities(expressions=["happy", "sad"], gestures=["bow", "wave"], anchors=["beside"], voices=["none"])
TOKEN = "presence_" + "k" * 43


class Engine:
    """The doors of an engine without a stage behind them. got : what came in."""

    def __init__(self, token: str | None = None) -> None:
        self.inbox: Inbox[Delivery] = Inbox()
        tokens: Any = {token: ("speak", "pose")} if token else None
        self.doors = Doors(self.inbox, SystemClock(), CAN, HANDLED, tokens)
        self.doors.listen(0)

    def got(self) -> list[tuple[str, dict[str, Any]]]:
        return [(d.event.type, d.event.data.model_dump(exclude_none=True)) for d in self.inbox.drain()]


def talk(work: Callable[[Client], Awaitable[None]], *options: str, **environment: str) -> None:
    """Run ``avatar mcp`` as a child and talk with it; every line on its stdout is checked by the SDK."""
    child = StdioServerParameters(
        command=sys.executable, args=["-m", "avatar", "mcp", *options], env={**os.environ, **environment}
    )

    async def session() -> None:
        async with Client(child) as client:
            await work(client)

    asyncio.run(asyncio.wait_for(session(), 60))


async def failed(client: Client, name: str, /, **arguments: Any) -> str:
    answer = await client.call_tool(name, arguments)
    assert answer.is_error
    return str(answer.content[0].text)  # type: ignore[union-attr]


async def done(client: Client, name: str, /, **arguments: Any) -> dict[str, Any]:
    answer = await client.call_tool(name, arguments)
    assert not answer.is_error, answer.content
    found: dict[str, Any] = answer.structured_content or {}
    return found


def test_each_tool_is_its_event_and_a_refusal_names_the_field() -> None:
    engine = Engine()

    async def work(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"say", "express", "gesture", "gaze", "cue", "state"}
        assert "bow, wave" in str(tools["gesture"].description)
        assert "happy, sad" in str(tools["express"].description)
        assert tools["gaze"].input_schema["properties"]["target"]["enum"] == ["user", "camera", "away", "point"]
        assert tools["say"].input_schema["required"] == ["text"]
        await done(client, "say", text="Hello.", expression="happy")
        await done(client, "express", expression="sad", intensity=0.5, seconds=2)
        await done(client, "gesture", name="wave")
        await done(client, "gaze", target="point", x=0.5, y=0, z=-1)
        got = engine.got()
        assert got[0][0] == "presence.say"
        assert got[0][1].items() >= {"text": "Hello.", "expression": "happy", "interrupt": False}.items()
        assert got[1:] == [
            ("presence.express", {"expression": "sad", "intensity": 0.5, "seconds": 2.0}),
            ("presence.gesture", {"name": "wave"}),
            ("presence.gaze", {"target": "point", "point": (0.5, 0.0, -1.0)}),
        ]
        assert "unknown_name at /name" in await failed(client, "gesture", name="somersault")
        assert "missing_field at /y" in await failed(client, "gaze", target="point", x=1, z=2)
        assert "intensity" in await failed(client, "express", expression="happy", intensity=3)
        assert "text" in await failed(client, "say")
        assert "missing_field at /name" in await failed(client, "cue", action="goto")
        assert "not_ready" in await failed(client, "cue", action="go") or engine.got()
        state = await done(client, "state")
        assert state["capabilities"]["gestures"] == ["bow", "wave"]
        (resource,) = (await client.read_resource("presence://capabilities")).contents
        assert json.loads(resource.text)["expressions"] == ["happy", "sad"]  # type: ignore[union-attr]

    try:
        talk(work, "--port", str(engine.doors.port))
    finally:
        engine.doors.stop()


def test_without_an_engine_the_tools_say_so_and_work_once_there_is_one() -> None:
    engine = Engine()
    port = engine.doors.port
    engine.doors.stop()

    async def work(client: Client) -> None:
        assert "no engine answers there; start one with 'avatar run'" in await failed(client, "gesture", name="wave")
        again = Engine.__new__(Engine)
        again.inbox = Inbox()
        again.doors = Doors(again.inbox, SystemClock(), CAN)
        again.doors.listen(port or 0)
        try:
            await done(client, "gesture", name="wave")
            assert again.got() == [("presence.gesture", {"name": "wave"})]
        finally:
            again.doors.stop()
        assert "no engine" in await failed(client, "gesture", name="wave")

    talk(work, "--port", str(port))


def test_a_token_and_its_scopes_hold(tmp_path: Path) -> None:
    engine = Engine(TOKEN)
    port = str(engine.doors.port)
    kept = tmp_path / "agent.token"
    kept.write_text(f"{TOKEN}\n")

    async def refused(client: Client) -> None:
        assert "not_authorised at /token" in await failed(client, "gesture", name="wave")

    async def works(client: Client) -> None:
        await done(client, "gesture", name="wave")
        assert "scope" in await failed(client, "cue", action="go")

    try:
        talk(refused, "--port", port, "--token", "presence_wrong")
        talk(works, "--port", port, "--token-file", str(kept))
    finally:
        engine.doors.stop()


def test_where_the_token_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESENCE_TOKEN", "of the environment")
    assert agent.token_of("given", tmp_path / "none") == "given"
    assert agent.token_of(None, None) == "of the environment"
    monkeypatch.delenv("PRESENCE_TOKEN")
    monkeypatch.setattr(agent, "local_token", lambda: "the user's own")
    assert agent.token_of(None, None) == "the user's own"
    with pytest.raises(UsageError, match="none: cannot be read"):
        agent.token_of(None, tmp_path / "none")


@pytest.mark.gl
@pytest.mark.slow
def test_it_may_start_a_stage_of_its_own_and_waits_for_what_is_said() -> None:
    async def work(client: Client) -> None:
        said = await done(client, "say", text="Good evening.", expression="happy", wait=True)
        assert said == {"speech": "finished"}
        state = await done(client, "state")
        assert "wave" in state["capabilities"]["gestures"]
        await done(client, "gesture", name="wave")

    talk(work, "--run", "--headless --size 320x240 --sound none --seconds 60")


def test_a_link_waits_for_speech_and_hears_what_the_engine_finds_out_later() -> None:
    engine = Engine()

    async def work() -> None:
        link = Link(engine.doors.url, "test")
        saying = asyncio.create_task(link.say({"text": "one"}, 5.0))
        while not (found := engine.inbox.drain()):
            await asyncio.sleep(0.005)
        name = found[0].event.data.model_dump()["utterance"]
        assert not saying.done()
        engine.doors.publish(SpeechFinished(utterance=name, at=1.0, seconds=1.0))
        assert await saying == "finished"
        saying = asyncio.create_task(link.say({"text": "two", "voice": "none"}, 5.0))
        while not (found := engine.inbox.drain()):
            await asyncio.sleep(0.005)
        found[0].refuse(EventError("unknown_name", "no such voice", "/data/voice"))
        with pytest.raises(EventError, match="no such voice"):
            await saying
        assert await link.say({"text": "three"}, None) == "queued"
        assert await link.say({"text": "four"}, 0.01) == "speaking"
        waiting = asyncio.create_task(link.say({"text": "five"}, 5.0))
        while not engine.inbox.drain():
            await asyncio.sleep(0.005)
        await asyncio.to_thread(engine.doors.stop)
        with pytest.raises(PortError, match="closed the connection"):
            await waiting
        await link.close()

    asyncio.run(asyncio.wait_for(work(), 20))
