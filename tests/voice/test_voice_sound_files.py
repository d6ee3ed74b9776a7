"""Sound files of every kind come as one channel of numbers, or as one clear refusal."""

from __future__ import annotations

import struct
import wave

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.io.voice.sound_files import read_sound

RATE = 22050
TONE = (0.5 * np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE)).astype(np.float32)


def pcm(path, sound, width=2, channels=1, rate=RATE):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        wide = np.repeat(sound[:, None], channels, 1)
        if width == 1:
            data = np.rint(wide * 127 + 128).astype(np.uint8).tobytes()
        else:
            data = np.rint(wide * 32767).astype("<i2").tobytes()
        file.writeframes(data)
    return path


def floats(path, sound):
    """WAVE format 3: IEEE floats."""
    data = sound.astype("<f4").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1, RATE, RATE * 4, 4, 32,
                       b"data", len(data))  # fmt: skip
    path.write_bytes(head + data)
    return path


@pytest.mark.parametrize(("width", "channels", "close"), [(2, 1, 1e-4), (1, 1, 0.01), (2, 2, 1e-4), (2, 6, 1e-4)])
def test_widths_and_channels(tmp_path, width, channels, close):
    sound, rate = read_sound(pcm(tmp_path / "a.wav", TONE, width, channels))
    assert rate == RATE
    assert sound.dtype == np.float32
    assert len(sound) == len(TONE)
    assert sound == pytest.approx(TONE, abs=close)


def test_floats_are_read_and_what_is_no_number_is_named(tmp_path):
    sound, _ = read_sound(floats(tmp_path / "f.wav", TONE))
    assert sound == pytest.approx(TONE, abs=1e-6)
    broken = TONE.copy()
    broken[RATE // 2] = np.nan
    with pytest.raises(VoiceError, match=r"f.wav: the sample at 0.500 s is not a number"):
        read_sound(floats(tmp_path / "f.wav", broken))


def test_what_is_no_sound_is_refused_by_name(tmp_path):
    with pytest.raises(VoiceError, match=r"none.wav: there is no such file"):
        read_sound(tmp_path / "none.wav")
    (tmp_path / "text.wav").write_text("words")
    with pytest.raises(VoiceError, match=r"text.wav: this cannot be read as sound"):
        read_sound(tmp_path / "text.wav")
    with pytest.raises(VoiceError, match=r"empty.wav: .*no sound"):
        read_sound(pcm(tmp_path / "empty.wav", TONE[:0]))
    with pytest.raises(VoiceError, match=r"slow.wav: 1000 samples a second"):
        read_sound(pcm(tmp_path / "slow.wav", TONE, rate=1000))
