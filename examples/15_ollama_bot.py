"""A chat bot of your own: each line goes to a local model, and its words are spoken as they come. Start `avatar run`
and `ollama serve` first; LM Studio, llama.cpp and vLLM answer the same request. `avatar chat` does this and more.

usage: python examples/15_ollama_bot.py [MODEL] [PORT] [BASE_URL] < lines.txt
"""

import json
import sys
import uuid
from collections.abc import Iterator
from urllib.request import Request, urlopen

from websockets.sync.client import connect

from avatar import local_token

MODEL, PORT, BASE = [*sys.argv[1:4], *("llama3.2", "8765", "http://127.0.0.1:11434/v1")[len(sys.argv) - 1 :]]
PROMPT = "You are Hikari, an AI companion without feelings. Answer in one short sentence. You may begin it with [joy]."


def event(kind: str, **data: object) -> str:
    return json.dumps({"specversion": "1.0", "id": uuid.uuid4().hex, "source": "ollama", "type": kind, "data": data})


def words(turns: list[dict[str, str]]) -> Iterator[str]:
    """What the model writes, as it writes it."""
    body = json.dumps({"model": MODEL, "messages": turns, "stream": True}).encode()
    asked = Request(f"{BASE}/chat/completions", body, {"Content-Type": "application/json"})
    with urlopen(asked, timeout=120) as answer:
        for line in answer:
            if line.startswith(b"data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    yield choice["delta"].get("content") or ""


turns = [{"role": "system", "content": PROMPT}]
with connect(f"ws://127.0.0.1:{PORT}/v1/events") as door:
    door.send(event("presence.hello", client="ollama bot", token=local_token()))
    for line in sys.stdin:
        said, name = "", uuid.uuid4().hex
        turns.append({"role": "user", "content": line.strip()})
        for word in words(turns):
            said += word
            door.send(event("presence.say.delta", utterance=name, text=word))
        door.send(event("presence.say.delta", utterance=name, text="", final=True))
        turns.append({"role": "assistant", "content": said})
        while (news := json.loads(door.recv()))["type"] != "presence.speech.finished":
            if news["type"] == "presence.error":
                sys.exit(news["data"]["message"])
        print(said)
