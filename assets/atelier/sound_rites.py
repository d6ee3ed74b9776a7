"""Music of single ceremonies: the Shinto-style rite, the birthday, remembrance. Written for the house."""

from __future__ import annotations

from sound_score import Part, Piece

# Clusters of reeds that come and go like breath, on D E G A B; a koto between them. Nothing of the shrine's own music.
REEDS = Piece(
    bpm=60,
    beats=8,
    lufs=-26,
    rubato=0.03,
    phrase=2,
    ritard=1.25,
    tail=5.0,
    hall=2.8,
    wet=0.3,
    dusk=6000,
    dynamics=(0.62, 0.74, 0.88, 0.7),
    parts=(
        Part("reed", ("A4+B4+E5+A5:7 -:1", "-:1 G4+A4+D5+B5:6 -:1", "A4+B4+D5+E5+A5:7 -:1", "E4+A4+B4+E5:8"), 0.14),
        Part(
            "koto",
            (
                "-:3 E4:1~ A4:0.5~ B4:1.5~ -:2",
                "D4:1~ -:2 B4:0.5~ A4:0.5~ G4:1~ E4:1~ D4:2~",
                "A3:0.5~ E4:0.5~ A4:1~ -:1 D5:1!~ B4:0.5~ A4:0.5~ B4:3~",
                "E3+B3+E4+A4:2~ -:2 B4:1~ A4:3~",
            ),
            0.62,
            1.5,
            0.05,
        ),
    ),
)

# For a cake and a good year, in C: a music box and plucked strings, lightly.
CHEER = Piece(
    bpm=112,
    beats=4,
    lufs=-25,
    rubato=0.03,
    ritard=1.3,
    tail=3.5,
    hall=1.6,
    wet=0.18,
    dynamics=(0.74, 0.78, 0.8, 0.84, 0.84, 0.9, 0.96, 0.9, 0.8),
    parts=(
        Part(
            "chime",
            (
                "E5:0.5 G5:0.5 C6:1! B5:0.5 G5:0.5 A5:1",
                "A5:0.5 F5:0.5 C5:1 D5:0.5 F5:0.5 A5:1",
                "F5:0.5 A5:0.5 D6:1! C6:0.5 A5:0.5 F5:1",
                "G5:0.5 B5:0.5 D6:0.5 B5:0.5 G5:2",
                "E5:0.5 G5:0.5 C6:1! D6:0.5 C6:0.5 G5:1",
                "A5:0.5 C6:0.5 E6:1! D6:0.5 C6:0.5 A5:1",
                "F5:0.5 A5:0.5 C6:0.5 A5:0.5 G5:0.5 B5:0.5 D6:0.5! B5:0.5",
                "E6:1! D6:0.5 B5:0.5 C6:2",
                "C6:4",
            ),
            0.42,
            1.8,
        ),
        Part(
            "harp",
            (
                "C3:1 G3+E4:1 G2:1 G3+E4:1",
                "F3:1 A3+C4:1 C3:1 A3+F4:1",
                "D3:1 A3+F4:1 A2:1 A3+F4:1",
                "G2:1 B3+D4:1 B2:0.5 D3:0.5 F3+B3:1",
                "C3:1 G3+E4:1 E3:1 G3+E4:1",
                "A2:1 E3+C4:1 E3:1 A3+C4:1",
                "F3:1 A3+C4:1 G2:1 B3+D4:1",
                "C3:1 G3+E4:1 G2:1 B3+F4:1",
                "C3+G3+E4+C5:4",
            ),
            0.58,
            0.9,
            0.02,
        ),
        Part(
            "flute",
            (
                *("-:4",) * 4,
                "C5:2 E5:2",
                "E5:2 C5:2",
                "F5:2 D5:2",
                "E5:1 F5:1 E5:2",
                "-:4",
            ),
            0.14,
        ),
    ),
)

# For those who were here, in the Dorian mode on D: few notes, with room between them.
REMEMBRANCE = Piece(
    bpm=50,
    beats=4,
    lufs=-27,
    rubato=0.06,
    phrase=3,
    ritard=1.4,
    tail=6.0,
    hall=3.4,
    wet=0.36,
    dusk=5000,
    dynamics=(0.6, 0.66, 0.7, 0.74, 0.8, 0.76, 0.66, 0.6, 0.5),
    parts=(
        Part(
            "harp",
            (
                "D3:1~ A3:1~ F4:2~",
                "-:1 E4:1~ A4:2~",
                "C3:1~ G3:1~ E4:2~",
                "G2:1~ D3:1~ B3:2~",
                "-:1 A3:1~ D4:2~",
                "A2:1~ E3:1~ C4:2~",
                "F2:1~ C3:1~ A3:2~",
                "G2:1~ D3:1~ C4:2~",
                "D3+A3+D4:4~",
            ),
            0.62,
            1.9,
            0.09,
        ),
        Part(
            "flute",
            (
                "-:4",
                "-:2 A4:2",
                "G4:3 E4:1",
                "F4:1 G4:1 D4:2",
                "-:1 A4:1.5 C5:0.5 B4:1",
                "A4:3 -:1",
                "C5:1.5 B4:0.5 A4:1 F4:1",
                "G4:1 E4:3",
                "D4:4",
            ),
            0.30,
        ),
        Part(
            "strings",
            ("-:4", "D3+A3:4", "C3+G3:4", "G2+D3+B3:4", "D3+A3:4", "A2+E3+C4:4", "F3+C4:4", "G2+D3:4", "D3+A3+D4:4"),
            0.12,
        ),
        Part("bowl", ("D4:4", *("-:4",) * 4, "D4:4", *("-:4",) * 3), 0.16, 3.0),
    ),
)
