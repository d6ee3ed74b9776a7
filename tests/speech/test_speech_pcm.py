"""Bytes of sound from strangers: what is taken is exact, what is not is refused in one line."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from avatar.errors import VoiceError
from avatar.speech import pcm

TONE = (0.5 * np.sin(np.arange(800) * 0.1)).astype(np.float32)


def wav(body: bytes, kind: int = 1, channels: int = 1, rate: int = 24000, bits: int = 16, size: int | None = None):
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    said = len(body) if size is None else size
    head = b"RIFF" + struct.pack("<I", 36 + len(body)) + b"WAVEfmt " + struct.pack("<I", 16) + form
    return head + b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"data" + struct.pack("<I", said) + body


def packed(bits: int) -> bytes:
    whole = np.rint(TONE.astype(np.float64) * 2 ** (bits - 1)).astype("<i4")
    return whole.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_every_width_gives_the_same_tone(bits: int) -> None:
    found, rate = pcm.wav(wav(packed(bits), bits=bits))
    assert rate == 24000
    np.testing.assert_allclose(found, TONE, atol=2.0 ** (1 - min(bits, 23)))


def test_floats_and_a_length_that_a_stream_does_not_know() -> None:
    found, _ = pcm.wav(wav(TONE.tobytes(), 3, bits=32, size=0xFFFFFFFF))
    np.testing.assert_array_equal(found, TONE)


def test_two_channels_are_averaged() -> None:
    both = np.stack([np.full(10, 16384), np.zeros(10)], 1).astype("<i2").tobytes()
    np.testing.assert_allclose(pcm.samples(both, 2), 0.25)
    np.testing.assert_allclose(pcm.wav(wav(both, channels=2))[0], 0.25)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"ID3", "no WAV file"),
        (wav(bytes(100), bits=8), "8-bit PCM"),
        (wav(bytes(120), channels=6), "6 channels"),
        (wav(bytes(100), rate=0), "0 samples a second"),
        (wav(bytes(100), rate=1_000_000), "1000000 samples a second"),
        (wav(bytes(101)), "no whole number"),
        (wav(bytes(100), kind=85), "format 85"),
        (wav(bytes(100), size=4000), "says 4000 bytes of sound and has 100"),
        (wav(np.array([0, np.nan], "<f4").tobytes(), 3, bits=32), "sample 1 of the WAV file is not a number"),
        (wav(b"")[:44], "no sound in the WAV file"),
        (b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", "before its format"),
        (b"RIFF\0\0\0\0WAVEfmt \2\0\0\0ab", "cut off"),
    ],
)
def test_what_is_not_taken_is_said_in_one_line(raw: bytes, words: str) -> None:
    with pytest.raises(VoiceError, match=words):
        pcm.wav(raw)


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(VoiceError, match="no whole number of 2-channel"):
        pcm.samples(bytes(6), 2)
