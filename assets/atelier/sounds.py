"""Makes the house's music and bells: ``python assets/atelier/sounds.py [names]`` writes assets/sounds/*.opus.

Mono, for the line of speech is mono. Opus, which every build of PyAV reads; written without dates and chances, so that
one build of the encoder makes the same bytes each time.
"""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import av
import numpy as np
from sound_pieces import PIECES
from sound_score import Piece, mixed, rain
from sound_tones import RATE, Sound

from avatar.speech.sound import loudness, true_peak

OUT = Path(__file__).resolve().parents[1] / "sounds"
PEAK_DBTP = -4.0
"""A decibel under what is promised: the encoder moves peaks a little."""
SEAM_S = 0.05
"""A loop ends with this much of its beginning, which a player lays over the beginning (avatar/runtime/music.py)."""
LOWEST_HZ = 45.0


def mastered(piece: Piece) -> Sound:
    """(N,) of a piece at its loudness, without a direct part, from silence into silence; a loop with its seam."""
    sound = rain(piece.bed[1], 11) if piece.bed[0] == "rain" else mixed(piece)
    count = len(sound)
    padded = sound if piece.loop else np.pad(sound, (0, RATE))
    f = np.fft.rfftfreq(len(padded), 1 / RATE)
    shape = 1 / (1 + (LOWEST_HZ / np.maximum(f, 1e-9)) ** 6) / (1 + (f / piece.dusk) ** 2)
    shape[0] = 0.0
    sound = np.fft.irfft(np.fft.rfft(padded) * shape, len(padded))[:count]
    if piece.loop:
        sound = np.concatenate([sound, sound[: round(SEAM_S * RATE)]])
    else:
        rise, fall = round(0.004 * RATE), round(min(1.5, 0.4 * count / RATE) * RATE)
        sound[:rise] *= np.linspace(0, 1, rise)
        sound[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall)) ** 2
    gain = 10 ** ((piece.lufs - loudness(sound.astype(np.float32), RATE)) / 20)
    top = 10 ** ((PEAK_DBTP - true_peak((sound * gain).astype(np.float32))) / 20)
    return np.asarray(sound * gain * min(1.0, top))


def encoded(sound: Sound, kbps: int) -> bytes:
    """An Ogg Opus file."""
    data = np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)
    out = io.BytesIO()
    with av.open(out, "w", format="ogg", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream("libopus", rate=RATE, layout="mono")
        stream.bit_rate = 1000 * kbps
        stream.options = {"application": "audio", "compression_level": "10", "vbr": "on"}
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        frame = av.AudioFrame.from_ndarray(data[None, :], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        fifo = av.AudioFifo()
        fifo.write(frame)
        while (part := fifo.read(RATE // 50, partial=True)) is not None:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return out.getvalue()


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    total = 0
    for name, piece in PIECES.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        sound = mastered(piece)
        data = encoded(sound, piece.kbps)
        (OUT / f"{name}.opus").write_bytes(data)
        total += len(data)
        levels = sound.astype(np.float32)
        print(
            f"{name:12} {len(sound) / RATE:5.1f} s {loudness(levels, RATE):6.1f} LUFS {true_peak(levels):6.1f} dBTP"
            f" {len(data) / 1000:4.0f} kB",
            flush=True,
        )
    print(f"{total / 1000:.0f} kB in all")


if __name__ == "__main__":
    main()
