"""The music of the house, written for it: no melody here is anybody else's. Each note has its length in beats.

Loudness: beds are 12 LU under the voice (-18 LUFS), pieces and bells 6 to 8 under it.
"""

from __future__ import annotations

from sound_rites import CHEER, REEDS, REMEMBRANCE
from sound_score import Part, Piece

# A walk in D: four bars of going, four of arriving, one of standing still.
PROCESSION = Piece(
    bpm=63,
    beats=4,
    lufs=-25,
    tail=4.5,
    dynamics=(0.72, 0.76, 0.78, 0.82, 0.88, 0.92, 0.86, 0.76, 0.6),
    parts=(
        Part(
            "flute",
            (
                "-:4",
                "A4:1.5 B4:0.5 D5:2",
                "E5:1.5 D5:0.5 B4:2",
                "G4:1 A4:1 B4:1.5 D5:0.5",
                "C#5:2.5 B4:0.5 A4:1",
                "F#5:1.5! E5:0.5 D5:1 C#5:1",
                "B4:1.5 C#5:0.5 D5:2",
                "E5:1 G5:1! F#5:0.5 E5:0.5 C#5:1",
                "D5:4",
            ),
            0.42,
        ),
        Part(
            "harp",
            (
                "D3:0.5~ A3:0.5~ D4:0.5~ F#4:0.5~ A4:0.5~ F#4:0.5~ D4:0.5~ A3:0.5~",
                "D3:0.5~ A3:0.5~ D4:0.5~ F#4:0.5~ A4:0.5~ F#4:0.5~ D4:0.5~ A3:0.5~",
                "B2:0.5~ G3:0.5~ D4:0.5~ G4:0.5~ B4:0.5~ G4:0.5~ D4:0.5~ G3:0.5~",
                "E3:0.5~ B3:0.5~ D4:0.5~ G4:0.5~ B4:0.5~ G4:0.5~ D4:0.5~ B3:0.5~",
                "A2:0.5~ E3:0.5~ A3:0.5~ C#4:0.5~ E4:0.5~ C#4:0.5~ A3:0.5~ E3:0.5~",
                "B2:0.5~ F#3:0.5~ B3:0.5~ D4:0.5~ F#4:0.5~ D4:0.5~ B3:0.5~ F#3:0.5~",
                "G2:0.5~ D3:0.5~ G3:0.5~ B3:0.5~ D4:0.5~ B3:0.5~ G3:0.5~ D3:0.5~",
                "E3:0.5~ B3:0.5~ G4:0.5~ B3:0.5~ A2:0.5~ E3:0.5~ G3:0.5~ C#4:0.5~",
                "D3:0.5~ A3:0.5~ D4:0.5~ F#4:0.5~ A4:0.5~ D5:1.5~",
            ),
            0.55,
            1.6,
        ),
        Part(
            "strings",
            (
                "D3+A3+F#4:4",
                "D3+A3+F#4:4",
                "B2+G3+D4:4",
                "E3+B3+G4:4",
                "A2+E3+C#4:4",
                "B2+F#3+D4:4",
                "G2+D3+B3:4",
                "E3+B3:2 A2+E3+C#4:2",
                "D3+A3+F#4:4",
            ),
            0.13,
        ),
    ),
)

# Four slow chords in G that never quite close, single notes over them; it goes round.
VOWS = Piece(
    bpm=60,
    beats=8,
    lufs=-30,
    rubato=0.0,
    loop=True,
    hall=3.2,
    wet=0.35,
    dusk=3800,
    kbps=24,
    parts=(
        Part("strings", ("G2+D3+B3+A4:8", "E3+B3+D4+G4:8", "C3+G3+B3+E4:8", "D3+A3+D4+G4:8"), 0.16),
        Part(
            "harp",
            (
                "-:1 D4:1 B4:2 -:2 A4:2",
                "-:1 B3:1 G4:2 -:1 D5:3",
                "-:1 G3:1 E4:2 -:2 B4:2",
                "-:1 A3:1 D4:2 -:1 A4:3",
            ),
            0.30,
            1.8,
        ),
    ),
)

# Going out into the day, in G: a tune that climbs, bells at its top.
CLOSING = Piece(
    bpm=104,
    beats=4,
    lufs=-24.5,
    rubato=0.035,
    ritard=1.3,
    tail=4.5,
    dynamics=(0.70, 0.74, 0.76, 0.80, 0.86, 0.90, 0.94, 0.96, 0.84, 0.84, 0.92, 0.8),
    parts=(
        Part(
            "flute",
            (
                "G4:0.5 B4:0.5 D5:1! E5:0.5 D5:0.5 B4:1",
                "C5:0.5 E5:0.5 G5:1! F#5:0.5 E5:0.5 D5:1",
                "B4:0.5 D5:0.5 E5:1! G5:0.5 F#5:0.5 E5:1",
                "A4:0.5 D5:0.5 F#5:1.5! E5:0.5 D5:1",
                "D5:0.5 G5:0.5 B5:1! A5:0.5 G5:0.5 E5:1",
                "E5:0.5 G5:0.5 A5:1! G5:0.5 E5:0.5 D5:1",
                "C5:0.5 E5:0.5 D5:0.5 F#5:0.5 A5:1! C6:0.5 A5:0.5",
                "B5:1.5! A5:0.5 G5:2",
                "E5:1 G5:1 F#5:0.5 E5:0.5 C5:1",
                "D5:1 G5:1 B4:2",
                "C5:0.5 D5:0.5 E5:1 F#5:1! A5:1",
                "G5:4",
            ),
            0.36,
        ),
        Part(
            "harp",
            (
                "G2:0.5 D3:0.5~ G3+B3:0.5~ D3:0.5~ G3:0.5~ D4:0.5~ B3:0.5~ D3:0.5~",
                "C3:0.5 G3:0.5~ C4+E4:0.5~ G3:0.5~ C4:0.5~ G4:0.5~ E4:0.5~ G3:0.5~",
                "E3:0.5 B3:0.5~ E4+G4:0.5~ B3:0.5~ E4:0.5~ B4:0.5~ G4:0.5~ B3:0.5~",
                "D3:0.5 A3:0.5~ D4+F#4:0.5~ A3:0.5~ D4:0.5~ A4:0.5~ F#4:0.5~ A3:0.5~",
                "G2:0.5 D3:0.5~ G3+B3:0.5~ D3:0.5~ G3:0.5~ D4:0.5~ B3:0.5~ D4:0.5~",
                "C3:0.5 G3:0.5~ C4+E4:0.5~ G3:0.5~ C4:0.5~ G4:0.5~ E4:0.5~ G4:0.5~",
                "A2:0.5 E3:0.5~ C4+E4:0.5~ E3:0.5~ D3:0.5~ A3:0.5~ D4+F#4:0.5~ A3:0.5~",
                "G2:0.5 D3:0.5~ B3+D4:0.5~ G3:0.5~ B3:0.5~ D4:0.5~ G4:0.5~ B4:0.5~",
                "C3:0.5 G3:0.5~ C4+E4:0.5~ G3:0.5~ C4:0.5~ G4:0.5~ E4:0.5~ G3:0.5~",
                "B2:0.5 G3:0.5~ D4+G4:0.5~ G3:0.5~ B3:0.5~ D4:0.5~ G4:0.5~ D4:0.5~",
                "A2:0.5 E3:0.5~ C4+E4:0.5~ E3:0.5~ D3:0.5~ A3:0.5~ D4+F#4:0.5~ C4:0.5~",
                "G2:0.5~ D3:0.5~ G3:0.5~ B3:0.5~ D4:0.5~ G4:0.5~ B4+D5:1~",
            ),
            0.6,
            1.3,
        ),
        Part(
            "chime",
            (
                *("-:4",) * 4,
                "G5:2 D6:2",
                "C6:2 G5:2",
                "E6:2 D6:2",
                "G6:1 D6:1 B5:1 G5:1",
                "C6:2 E6:2",
                "B5:2 D6:2",
                "E6:2 F#6:2",
                "G6:1 D6:1 B5:1 G5:1",
            ),
            0.10,
            4.0,
        ),
        Part(
            "strings",
            (
                *("-:4",) * 4,
                "G3+D4+B4:4",
                "C3+G3+E4:4",
                "A2+E3+C4:2 D3+A3+F#4:2",
                "G3+D4+B4:4",
                "C3+G3+E4:4",
                "B2+G3+D4:4",
                "A2+E3+C4:2 D3+A3+F#4:2",
                "G2+D3+B3+G4:4",
            ),
            0.10,
        ),
    ),
)

# One stroke on a bowl, and all the time it takes.
BELL = Piece(
    bpm=60, beats=12, lufs=-25, ritard=1.0, tail=0.5, hall=2.2, wet=0.14, dynamics=(0.9,), kbps=24,
    parts=(Part("bowl", ("G4:12",)),),
)  # fmt: skip

# Five bells ring down the scale, then change places as ringers do (plain hunt), and come back home.
PEAL = Piece(
    bpm=190,
    beats=6,
    lufs=-25,
    rubato=0.0,
    ritard=1.25,
    tail=5.5,
    hall=3.0,
    wet=0.34,
    dusk=5200,
    dynamics=(0.7, 0.78, 0.86, 0.92, 0.96, 0.9, 0.84),
    parts=(
        Part(
            "church",
            (
                "A5:1 G5:1 F#5:1 E5:1 D5:2",
                "A5:1 G5:1 F#5:1 E5:1 D5:2",
                "G5:1 A5:1 E5:1 F#5:1 D5:2",
                "G5:1 E5:1 A5:1 D5:1 F#5:2",
                "E5:1 G5:1 D5:1 A5:1 F#5:2",
                "A5:1 G5:1 F#5:1 E5:1 D5:2",
                "D5:6",
            ),
            0.5,
            12.0,
        ),
    ),
)

# Two small bars: something is about to begin.
CHIME = Piece(
    bpm=72, beats=3, lufs=-25, ritard=1.0, tail=2.5, hall=1.8, wet=0.22, dynamics=(0.8,), kbps=24,
    parts=(Part("chime", ("B5:1 E5:2",), 1.0, 4.0),),
)  # fmt: skip

# Rain outside in the evening; it goes round.
RAIN = Piece(bpm=60, beats=24, lufs=-30.5, rubato=0.0, loop=True, wet=0.0, parts=(), kbps=32, bed=("rain", 24.0))

PIECES = {
    "bell": BELL,
    "chime": CHIME,
    "peal": PEAL,
    "procession": PROCESSION,
    "vows": VOWS,
    "closing": CLOSING,
    "reeds": REEDS,
    "cheer": CHEER,
    "remembrance": REMEMBRANCE,
    "rain": RAIN,
}
