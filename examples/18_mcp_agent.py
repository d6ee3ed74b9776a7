"""An agent over MCP: a client finds the companion's tools and uses them, as a language model's program would.

usage: python examples/18_mcp_agent.py [PORT]     of a running engine; without it `avatar mcp` starts a stage of its own

No model is needed: what the agent decides is a script. Put your model where `decide` is. Needs the extra 'mcp'.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from mcp import Client, StdioServerParameters

PORT = sys.argv[1] if len(sys.argv) > 1 else None
OWN = ("--run", "--source demo --headless --sound none --size 320x240")


def decide(tools: set[str], can: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(tool, arguments), one after another: a model would be given the tools' descriptions and choose."""
    wave = "wave" if "wave" in can["gestures"] else can["gestures"][0]
    yield "gaze", {"target": "user"}
    yield "gesture", {"name": wave}
    yield (
        "say",
        {"text": "Hello! I am an AI companion, and a script decides what I do.", "expression": "happy", "wait": True},
    )
    yield "gesture", {"name": "somersault"}  # a mistake: the answer says which field, and a model can mend it
    yield "express", {"expression": "relaxed", "intensity": 0.6, "seconds": 2.0}
    yield "say", {"text": "Good bye.", "wait": True}


async def main() -> None:
    options = OWN if PORT is None else ("--port", PORT)
    child = StdioServerParameters(command=sys.executable, args=["-m", "avatar", "mcp", *options], env={**os.environ})
    async with Client(child) as client:
        tools = {tool.name: tool.description for tool in (await client.list_tools()).tools}
        print("tools:", ", ".join(sorted(tools)))
        state = (await client.call_tool("state")).structured_content or {}
        for name, arguments in decide(set(tools), state["capabilities"]):
            answer = await client.call_tool(name, arguments)
            words = " ".join(part.text for part in answer.content if part.type == "text")
            print(name, json.dumps(arguments), "->", "error:" if answer.is_error else "", " ".join(words.split()))


asyncio.run(main())
