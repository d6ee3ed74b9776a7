"""A stream's chat, read from a file with times as chat programs keep it: what is too old is skipped, some is filtered
out, a few lines are answered aloud. Offline: every run is the same.

usage: python examples/17_chat_log.py [LOG.txt] [OUT.png]
"""

import re
import sys
from pathlib import Path
from typing import Any

from avatar import Stage

LOG = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".txt")
OLDEST_S = 4.0
ANSWERS = {
    r"\b(hello|hi|good evening)\b": "[happy] [animation:wave] Hello {name}, and welcome to the room.",
    r"^!bow\b": "[animation:bow_small] For {name}.",
    r"\breal\b.*\?": "[neutral] No, {name}: I am an AI, and these lines come from a file.",
}
FILTERS = {r"https?://": "a link", r"^[^a-z]{12,}": "shouting", r"^!(?!bow\b)": "no such command"}

waiting = [
    (60 * int(m[1]) + int(m[2]), m[3], m[4])
    for m in re.finditer(r"^\[(\d+):(\d\d)\] <(\w+)> (.*)$", LOG.read_text(encoding="utf-8"), re.MULTILINE)
]
seen: set[tuple[str, str]] = set()
seconds, speaking = 0, False


def drop(when: int, name: str, text: str) -> str:
    """Why a line is not answered; "" where it is."""
    if seconds - when > OLDEST_S:
        return "too old"
    if (name, text) in seen:
        return "said before"
    seen.add((name, text))
    return next((why for pattern, why in FILTERS.items() if re.search(pattern, text)), "")


def answer() -> None:
    """The next line worth it, of those that have come."""
    global speaking
    while not speaking and waiting and waiting[0][0] <= seconds:
        when, name, text = waiting.pop(0)
        why = drop(when, name, text)
        words = next((a for pattern, a in ANSWERS.items() if re.search(pattern, text.lower())), "")
        if why or not words:
            print(f"{seconds:2d} s  {name}: {why or 'nothing to say'}")
            continue
        speaking = True
        print(f"{seconds:2d} s  {name}: answered")
        stage.send("say", text=words.format(name=name.capitalize()))


def second(_: dict[str, Any]) -> None:
    global seconds
    seconds += 1
    answer()


def finished(_: dict[str, Any]) -> None:
    global speaking
    speaking = False
    answer()


still = sys.argv[2] if len(sys.argv) > 2 else None
stage = Stage(source="demo", headless=True, offline=True, seconds=14, fps=10, size=(320, 240), still=still)
stage.on("presence.stage", second)
stage.on("presence.speech.finished", finished)
print("spoken:", " ".join(stage.run()["spoken"]))
