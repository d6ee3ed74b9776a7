"""From a chat server's words to the first sound: a streaming server, the talk, the conversation and the real voice.

usage: python benchmarks/chat.py [--rounds 10] [--rate 40] [--json]

A small server on this machine streams an answer of three sentences, ``rate`` words a second, the first at once. The
stage is a whole one without a picture, looked at 30 times a second, as pictures are; sound is what its virtual device
plays (a card adds its own latency), its first sample above -50 dBFS counts. Three figures: from the line to the first
word, from the first word to the first sound, and from the word that completes the first sentence to the first sound.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np

from avatar.clock import SystemClock
from avatar.events.messages import Capabilities
from avatar.events.tags import Words
from avatar.io.chat.completions import Completions
from avatar.io.chat.history import History
from avatar.io.transports.hub import Delivery
from avatar.io.voice.playback import open_device
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.speaking import Speaker
from avatar.runtime.talk import Talk

LOUD = 10 ** (-50 / 20)
ANSWER = "[joy] Good morning to you. The river is high today, so take the upper path. I will wait by the old bridge."
SENTENCE = 5
"""Words until the first sentence is known to be complete: its own, the tag, and the beginning of the next."""


def server(rate: float) -> HTTPServer:
    """Streams ``ANSWER`` word by word."""

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for word in ANSWER.split():
                event = {"choices": [{"delta": {"content": f"{word} "}, "finish_reason": None}]}
                self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
                self.wfile.flush()
                time.sleep(1 / rate)
            self.wfile.write(b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')

        def log_message(self, *_: Any) -> None:
            pass

    return HTTPServer(("127.0.0.1", 0), Model)


def main() -> None:
    """Run, and print the figures in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--rate", type=float, default=40.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    model = server(options.rate)
    threading.Thread(target=model.serve_forever, daemon=True).start()
    clock, inbox = SystemClock(), Inbox[Delivery]()
    blocks: list[tuple[float, np.ndarray]] = []
    device = open_device(clock, "none", lambda t, block: blocks.append((t, block.copy())))
    speaker = Speaker(clock, device)
    doors = Doors(inbox, clock, Capabilities(expressions=["happy"]))
    stage = Conversation(inbox, speaker, doors.publish, "Hikari", ["happy"], [])
    client = doors.memory()
    backend = Completions(f"http://127.0.0.1:{model.server_port}", "m", lambda host: False, print)
    pieces: list[float] = []

    def show(words: str) -> None:
        if words.strip():
            pieces.append(clock.now())

    talk = Talk(backend, client.send, History(""), Words(["happy"], []), clock.now, print, show)
    over = threading.Event()

    def tick() -> None:
        while not over.wait(1 / 30):
            stage.step(clock.now())
            for event in client.received():
                talk.hear(event)
            talk.tick()

    threading.Thread(target=tick, daemon=True).start()
    speaker.warm()
    talk.turn("warm up")
    figures: dict[str, list[float]] = {"line_to_word_ms": [], "word_to_sound_ms": [], "sentence_to_sound_ms": []}
    for _ in range(options.rounds):
        time.sleep(0.3)
        pieces.clear()
        blocks.clear()
        asked = clock.now()
        talk.turn("Hello")
        heard = min(t + np.flatnonzero(np.abs(b) > LOUD)[0] / 48000 for t, b in blocks if np.abs(b).max() > LOUD)
        figures["line_to_word_ms"].append(1000 * (pieces[0] - asked))
        figures["word_to_sound_ms"].append(1000 * (heard - pieces[0]))
        figures["sentence_to_sound_ms"].append(1000 * (heard - pieces[SENTENCE - 1]))
    over.set()
    speaker.close()
    model.shutdown()
    out = {name: {"median": statistics.median(v), "worst": max(v)} for name, v in figures.items()}
    if options.json:
        print(json.dumps(out))
        return
    for name, row in out.items():
        print(f"{name:22} median {row['median']:6.0f}   worst {row['worst']:6.0f}")


if __name__ == "__main__":
    main()
