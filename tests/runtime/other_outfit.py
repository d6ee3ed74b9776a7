"""The house's companion in other colours: a second file of the same one, with the same bones, hair and name."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from avatar import paths

_ALIGN = 4


def other_outfit(path: Path, colour: tuple[float, float, float] = (0.35, 0.05, 0.10), **meta: Any) -> Path:
    """Write hikari.vrm to ``path`` with its skirt and blouse in a colour, linear; meta : of its VRM, in place of its
    own."""
    data = paths.companion("hikari").read_bytes()
    size = struct.unpack("<I", data[12:16])[0]
    table: dict[str, Any] = json.loads(data[20 : 20 + size])
    for material in table["materials"]:
        if any(word in material["name"].lower() for word in ("skirt", "blouse", "cloth")):
            material["pbrMetallicRoughness"]["baseColorFactor"] = [*colour, 1.0]
            toon = material.get("extensions", {}).get("VRMC_materials_mtoon")
            if toon is not None:
                toon["shadeColorFactor"] = [0.5 * c for c in colour]
    table["extensions"]["VRMC_vrm"]["meta"] |= meta
    text = json.dumps(table).encode()
    text += b" " * (-len(text) % _ALIGN)
    rest = data[20 + size :]
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
    path.write_bytes(head + text + rest)
    return path
