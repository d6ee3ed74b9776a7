"""How quickly, how loudly and how closely Presence speaks.

Run it as ``python benchmarks/speech.py [--json] [--rounds N]``; it needs no sound card. Times are in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from difflib import SequenceMatcher

START = time.perf_counter()

import numpy as np  # noqa: E402

from avatar.animate.accents import WIDTH  # noqa: E402
from avatar.clock import ManualClock, SystemClock  # noqa: E402
from avatar.io.voice.english import English  # noqa: E402
from avatar.io.voice.neural import NeuralVoice  # noqa: E402
from avatar.io.voice.playback import open_device  # noqa: E402
from avatar.runtime.speaking import Speaker  # noqa: E402
from avatar.speech.align import Aligner  # noqa: E402
from avatar.speech.listen import Listener, Recogniser  # noqa: E402
from avatar.speech.sound import loudness, true_peak  # noqa: E402
from avatar.types import VISEMES, Interrupt, Say  # noqa: E402

SHORT = ["Hello there.", "I am glad you are here.", "Shall we begin?", "Yes, of course.", "Maybe a bit more blue."]
OWN = [
    "The boat drifted slowly past the old stone bridge.",
    "Please put the blue cup beside the lamp.",
    "My brother found a map of the coast in his pocket.",
    "We never expected such a warm welcome.",
    "Two birds were singing outside the kitchen window.",
    "She opened the letter and began to smile.",
    "The train to the mountains leaves before noon.",
    "Nobody knew where the music came from.",
    "He carried a heavy basket up the hill.",
    "Perhaps we should wait until the rain stops.",
    "A small fire was burning in the corner of the room.",
    "Children ran across the field toward the river.",
    "The baker gave them fresh bread for the journey.",
    "I have always loved the smell of pine trees.",
    "They talked quietly about the plans for summer.",
    "Every morning the fog covers the valley.",
    "Can you show me the way to the station?",
    "The garden was full of yellow and purple flowers.",
    "Her voice was calm and clear.",
    "The old clock on the wall had stopped at midnight.",
    "Bring me a glass of water and a spoon.",
    "The captain watched the clouds with care.",
    "It takes a good deal of patience to learn a language.",
    "The moon rose above the quiet harbor.",
    "Father painted the fence last week.",
    "We shared a simple meal of soup and cheese.",
    "A dog barked somewhere in the distance.",
    "The teacher wrote a long word on the board.",
    "Snow had fallen during the night.",
    "They built a house of wood and glass.",
    "The market opens early on Friday.",
    "He thanked her for the beautiful gift.",
    "Some people prefer to walk alone.",
    "The bridge was closed because of the flood.",
    "I would rather stay at home and read.",
    "The path led them through a dark forest.",
    "Her hands were cold but her heart was warm.",
    "The ship will arrive in five days.",
    "Please close the door behind you.",
    "The lake was as smooth as a mirror.",
    "Most of the visitors came by bus.",
    "The sun set behind the distant hills.",
    "We heard a knock at the front door.",
    "That was the best story of them all.",
]
"""What the voice's own times are checked on against a forced alignment."""
LONG = (
    "When the rain stopped, my brother opened the window, and we looked outside at the people who were slowly "
    "walking home over the old bridge, past the market and the quiet harbour, with baskets full of bread."
)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print one JSON object last")
    options.add_argument("--rounds", type=int, default=6, help="how often each short sentence is said")
    chosen = options.parse_args()
    facts: dict[str, float] = {"import_ms": 1000 * (time.perf_counter() - START)}
    begin = time.perf_counter()
    voice = NeuralVoice()
    voice.warm()
    facts["warm_ms"] = 1000 * (time.perf_counter() - begin)
    facts |= making(voice, chosen.rounds)
    facts |= answering(voice, chosen.rounds)
    facts |= agreeing(voice)
    facts |= listening(voice, chosen.rounds)
    facts = {name: round(value, 3) for name, value in facts.items()}
    for name, value in facts.items():
        print(f"{name:28} {value:10.2f}")
    if chosen.json:
        print(json.dumps(facts))


def making(voice: NeuralVoice, rounds: int) -> dict[str, float]:
    """Time, level and closures of sentences made one after another."""
    short, levels, peaks, shut, lips = [], [], [], 0, 0
    for text in SHORT * rounds:
        begin = time.perf_counter()
        speech = voice.speak(text, "u")
        short.append(1000 * (time.perf_counter() - begin))
        levels.append(loudness(speech.sound, speech.rate))
        peaks.append(true_peak(speech.sound))
        for phone in speech.track.phones:
            if phone.value in ("P", "B", "M"):
                rows = speech.track.weights[int(phone.start * 100) : int(np.ceil(phone.end * 100)) + 1]
                lips += 1
                shut += bool(rows[:, VISEMES.index("PP")].max() == 1.0)
    begin = time.perf_counter()
    speech = voice.speak(LONG, "u")
    long = time.perf_counter() - begin
    return {
        "short_median_ms": statistics.median(short),
        "short_worst_ms": max(short),
        "long_ms": 1000 * long,
        "times_real_time": speech.seconds / long,
        "lufs_lowest": min(levels),
        "lufs_highest": max(levels),
        "true_peak_highest_dbtp": max(peaks),
        "closures_shut_share": shut / lips,
    }


def agreeing(voice: NeuralVoice) -> dict[str, float]:
    """How far the voice's own times of its sounds lie from those of a forced alignment, itself within 12 ms."""
    aligner = Aligner(English())
    apart: list[float] = []
    for text in OWN:
        speech = voice.speak(text, "u")
        theirs = [p for p in aligner.align(speech.sound, speech.rate, text) if p.value != "SIL"]
        ours = [p for p in speech.track.phones if p.value != "SIL"]
        same = SequenceMatcher(None, [p.value for p in theirs], [p.value for p in ours], autojunk=False)
        for i, j, count in same.get_matching_blocks():
            apart += [1000 * (ours[j + k].start - theirs[i + k].start) for k in range(count)]
    return {
        "own_times_sentences": float(len(OWN)),
        "own_times_sounds": float(len(apart)),
        "own_times_median_ms": statistics.median(apart),
        "own_times_median_apart_ms": statistics.median(abs(d) for d in apart),
    }


def answering(voice: NeuralVoice, rounds: int) -> dict[str, float]:
    """Say to first audible sample, and interrupt to silence and a shut mouth, on a virtual device ticked at 60 Hz."""
    clock = SystemClock()
    blocks: list[tuple[float, np.ndarray]] = []
    device = open_device(clock, "none", tap=lambda t, block: blocks.append((t, block)))
    speaker = Speaker(clock, device, lambda name: voice)
    mouth = np.empty(15, np.float32)
    first, silent, closed = [], [], []
    for k, text in enumerate(SHORT * rounds):
        blocks.clear()
        asked = clock.now()
        speaker.say(Say(text, f"u{k}"))
        while not (heard := edges(blocks, asked)):
            time.sleep(1 / 60)
            speaker.poll(clock.now())
        first.append(1000 * (heard[0] - asked))
        end = clock.now() + 0.2
        while clock.now() < end:
            time.sleep(1 / 60)
            speaker.poll(clock.now())
        stopped = clock.now()
        speaker.interrupt(Interrupt())
        shut = 0.0
        while clock.now() < stopped + 0.2:
            time.sleep(1 / 60)
            speaker.poll(clock.now())
            if speaker.mouth(clock.now(), mouth)[0] < 1.0:
                shut = clock.now() - stopped
        silent.append(1000 * max(0.0, edges(blocks, asked)[1] - stopped))
        closed.append(1000 * (shut + 1 / 60))
    speaker.close()
    return steady(voice) | {
        "first_sound_median_ms": statistics.median(first),
        "first_sound_p95_ms": float(np.quantile(first, 0.95)),
        "interrupt_to_silence_worst_ms": max(silent),
        "interrupt_to_shut_mouth_worst_ms": max(closed),
    }


def steady(voice: NeuralVoice) -> dict[str, float]:
    """Processor time of what goes on while she speaks, once the sound is made: device, mouth, accents, captions."""
    clock = ManualClock()
    speaker = Speaker(clock, open_device(clock, "none"), lambda name: voice, sync=True)
    speaker.say(Say(LONG, "u"))
    mouth, accents = np.empty(15, np.float32), np.empty(WIDTH, np.float32)
    begin, ticks = time.thread_time(), 0
    while speaker.busy:
        now = clock.advance(1 / 60)
        speaker.poll(now)
        speaker.mouth(now, mouth)
        speaker.accents(now, accents)
        speaker.caption(now)
        speaker.progress(now)
        ticks += 1
    spent = time.thread_time() - begin
    speaker.close()
    return {"steady_core_percent": 100 * spent * 60 / ticks}


def listening(voice: NeuralVoice, rounds: int) -> dict[str, float]:
    """Processor time of hearing speech without its text: a whole sound, and in pieces of 20 ms as it comes."""
    speech = voice.speak(LONG, "u")
    ear = Recogniser()
    ear.phones(speech.sound, speech.rate)
    begin = time.process_time()
    for _ in range(rounds):
        ear.phones(speech.sound, speech.rate)
    whole = time.process_time() - begin
    listener, piece = Listener(speech.rate), speech.rate // 50
    begin = time.process_time()
    for _ in range(rounds):
        for k in range(0, len(speech.sound), piece):
            listener.feed(speech.sound[k : k + piece])
    live = time.process_time() - begin
    return {
        "recognised_times_real_time": speech.seconds * rounds / whole,
        "listening_percent_of_a_core": 100 * live / (speech.seconds * rounds),
    }


def edges(blocks: list[tuple[float, np.ndarray]], since: float) -> tuple[float, float] | None:
    """When the first and the last audible sample (over -46 dBFS) were heard."""
    loud: list[float] = []
    for t, block in blocks:
        above = np.flatnonzero(np.abs(block) > 0.005)
        if len(above):
            loud += [t + above[0] / 48000, t + above[-1] / 48000]
    loud = [t for t in loud if t >= since]
    return (min(loud), max(loud)) if loud else None


if __name__ == "__main__":
    main()
