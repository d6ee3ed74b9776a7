"""The Model Context Protocol's tools: a language-model agent speaks, expresses, gestures, looks and gives cues.

Every tool is one event of the contract, sent to a running engine through ``link``; what the engine refuses is a tool's
error that names the field. Needs the extra ``mcp``.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final, Literal, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from ...errors import EventError, PortError
from .link import Link

T = TypeVar("T")
_INSTRUCTIONS: Final = (
    "These tools move and voice a 3D companion that stands in a person's own camera picture. The companion is an AI, "
    "not a person, and never says or implies otherwise. Nothing here tells you of the person before the camera."
)
_LONGEST_WAIT: Final = 120.0
Text = Annotated[str, Field(min_length=1, max_length=20000, description="What is spoken and captioned.")]
Expression = Annotated[str, Field(min_length=1, max_length=128, description="One of the companion's expressions.")]
Fraction = Annotated[float, Field(ge=0, le=1, description="0 = not at all, 1 = fully.")]
Seconds = Annotated[float | None, Field(ge=0, le=3600, description="How long it is held; absent = until the next.")]
Coordinate = Annotated[float | None, Field(description="Metres, where the target is 'point'.")]
Cue = Annotated[str | None, Field(max_length=128, description="A cue's number or name; absent = the next one.")]


def server(link: Link, capabilities: dict[str, Any]) -> MCPServer[Any]:
    """The server over a link. capabilities : of the engine's welcome, whose names the descriptions give; empty where
    it is not known yet."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await link.close()

    made: MCPServer[Any] = MCPServer(
        "presence", title="Presence", instructions=_INSTRUCTIONS, lifespan=lifespan, log_level="ERROR"
    )
    expressions = _names("Expressions", capabilities.get("expressions"))
    gestures = _names("Gestures", capabilities.get("gestures"))

    @made.tool(description=f"Have the companion say something aloud, with a caption. {expressions}")
    async def say(
        text: Text,
        expression: Annotated[str | None, Field(max_length=128, description="Shown while it speaks.")] = None,
        interrupt: Annotated[bool, Field(description="Stop what is being said; else it waits its turn.")] = False,
        wait: Annotated[bool, Field(description="Answer when it has been heard to its end.")] = False,
    ) -> dict[str, Any]:
        data: dict[str, Any] = {"text": text, "interrupt": interrupt}
        if expression is not None:
            data["expression"] = expression
        return {"speech": await _told(link.say(data, _LONGEST_WAIT if wait else None))}

    @made.tool(description=f"Show an expression on the companion's face; 'neutral' ends it. {expressions}")
    async def express(expression: Expression, intensity: Fraction = 1.0, seconds: Seconds = None) -> dict[str, Any]:
        data = {"expression": expression, "intensity": intensity, **_given(seconds=seconds)}
        return {"id": await _told(link.ask("presence.express", data))}

    @made.tool(description=f"Have the companion make a gesture once. {gestures}")
    async def gesture(
        name: Annotated[str, Field(min_length=1, max_length=128, description="One of the companion's gestures.")],
        intensity: Annotated[float | None, Field(ge=0, le=1, description="Smaller or larger than usual.")] = None,
        seconds: Seconds = None,
    ) -> dict[str, Any]:
        data = {"name": name, **_given(intensity=intensity, seconds=seconds)}
        return {"id": await _told(link.ask("presence.gesture", data))}

    @made.tool(description="Turn the companion's eyes and head: to the user, the camera, away, or a point in the room.")
    async def gaze(
        target: Literal["user", "camera", "away", "point"],
        x: Coordinate = None,
        y: Coordinate = None,
        z: Coordinate = None,
    ) -> dict[str, Any]:
        """x, y, z : the camera's frame: +x to the picture's right, +y up, -z into the room."""
        data: dict[str, Any] = {"target": target}
        if target == "point":
            missing = [name for name, value in (("x", x), ("y", y), ("z", z)) if value is None]
            if missing:
                raise ToolError(f"missing_field at /{missing[0]}: target 'point' needs x, y and z in metres")
            data["point"] = [x, y, z]
        return {"id": await _told(link.ask("presence.gaze", data))}

    @made.tool(
        description="Run the ceremony that is loaded: go to the next cue, hold, step back, or stand by at a cue."
    )
    async def cue(action: Literal["go", "hold", "back", "goto"], name: Cue = None) -> dict[str, Any]:
        if action == "goto" and name is None:
            raise ToolError("missing_field at /name: 'goto' needs a cue's number or name")
        return {"id": await _told(link.ask(f"presence.cue.{action}", _given(cue=name)))}

    @made.tool(
        description="What the companion can do and is doing: its names for everything, camera, what it says now."
    )
    async def state() -> dict[str, Any]:
        welcome = await _told(link.connected())
        return {**link.state, "scopes": welcome["scopes"], "capabilities": welcome["capabilities"]}

    @made.resource(
        "presence://capabilities",
        name="capabilities",
        mime_type="application/json",
        description="The names of the companion's expressions, gestures, places, voices and props.",
    )
    async def names() -> str:
        welcome = await _told(link.connected())
        return json.dumps(welcome["capabilities"], ensure_ascii=False)

    return made


def _names(word: str, names: Sequence[str] | None) -> str:
    return f"{word}: {', '.join(names)}." if names else f"{word}: see the tool 'state'."


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


async def _told(asked: Awaitable[T]) -> T:
    """The answer, or what is wrong as a tool's error: code, field, words."""
    try:
        return await asked
    except EventError as error:
        where = f" at {error.pointer.removeprefix('/data')}" if error.pointer else ""
        raise ToolError(f"{error.code}{where}: {error}") from None
    except PortError as error:
        raise ToolError(str(error)) from None
