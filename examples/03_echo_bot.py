"""A chat backend in twenty lines: what you type is what the companion says. Start `avatar run` first.

usage: python examples/03_echo_bot.py [PORT] < lines.txt
"""

import json
import sys
import uuid

from websockets.sync.client import connect

from avatar import local_token

PORT = sys.argv[1] if len(sys.argv) > 1 else "8765"


def event(kind: str, **data: object) -> str:
    return json.dumps({"specversion": "1.0", "id": uuid.uuid4().hex, "source": "echo", "type": kind, "data": data})


with connect(f"ws://127.0.0.1:{PORT}/v1/events") as door:
    door.send(event("presence.hello", client="echo bot", token=local_token()))
    for line in sys.stdin:
        if line.strip():
            door.send(event("presence.say", text=line.strip(), utterance=uuid.uuid4().hex))
            while (heard := json.loads(door.recv()))["type"] != "presence.speech.finished":
                if heard["type"] == "presence.error":
                    sys.exit(heard["data"]["message"])
