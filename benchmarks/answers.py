"""Spoken answers: how often phrases said by the house voice are taken, and what other speech is taken for one.

    python benchmarks/answers.py [FOLDER OF OTHER SPEECH]

Prints one JSON line: answers right of all, a yes made of anything else (must be none), what was heard where nobody
answers, and seconds of processor for a second of sound.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from avatar.io.voice.sound_files import read_sound
from avatar.runtime.answers import RATE, Phrases
from avatar.runtime.voicing import voices_for
from avatar.speech.sound import resample
from avatar.types import FloatArray

WANTED = {"yes": ("i do",), "no": ("i do not", "no thank you"), "stop": ("please stop", "stop please")}
SAID = {
    "I do.": "yes",
    "Yes, I do.": "yes",
    "I do, with all my heart.": "yes",
    "I do not.": "no",
    "No, I do not.": "no",
    "I do not think so.": "no",
    "No, thank you.": "no",
    "Please stop.": "stop",
    "I don't.": None,
    "I really do think so.": None,
    "Maybe tomorrow.": None,
    "Well, do I?": None,
}
SHARED = Path(__file__).resolve().parents[1] / "../shared/data/speech"


def heard(phrases: Phrases, sound: FloatArray) -> list[str]:
    found = (phrases.feed(sound[k : k + RATE // 10]) for k in range(0, len(sound), RATE // 10))
    return [answer for answer in found if answer is not None]


def noisy(sound: FloatArray, seed: int) -> FloatArray:
    quiet = np.zeros(RATE // 2, np.float32)
    line = np.concatenate([quiet, 0.6 * sound, np.zeros(3 * RATE // 2, np.float32)])
    return (line + np.random.default_rng(seed).standard_normal(len(line)) * 0.002).astype(np.float32)


def main() -> None:
    voice = voices_for("heart")(None)
    right, wrong_yes = 0, []
    for k, (text, wanted) in enumerate(SAID.items()):
        speech = voice.speak(text, "x", text)
        got = heard(Phrases(WANTED), noisy(resample(speech.sound, speech.rate, RATE), k))
        right += got == ([wanted] if wanted else [])
        if "yes" in got and wanted != "yes":
            wrong_yes.append(text)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    seconds, false, begun = 0.0, [], time.process_time()
    for path in sorted(folder.glob("*.wav")):
        sound, rate = read_sound(path)
        even = resample(sound, rate, RATE)
        seconds += len(even) / RATE
        false += heard(Phrases(WANTED), even)
    used = time.process_time() - begun
    print(
        json.dumps(
            {
                "said": len(SAID),
                "right": right,
                "wrong_yes": wrong_yes,
                "other_speech_s": round(seconds, 1),
                "false": false,
                "processor_per_second": round(used / seconds, 3) if seconds else None,
            }
        )
    )


if __name__ == "__main__":
    main()
