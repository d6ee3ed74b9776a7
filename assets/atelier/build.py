"""Builds the house companion: ``python assets/atelier/build.py`` writes assets/companions/hikari.vrm, prints counts."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from body import body_parts, with_slim_neck
from clothes_paint import cloth_materials, cloth_textures
from clothes_shoes import shoe_parts
from clothes_skirt import skirt_parts
from clothes_top import top_parts
from clothes_trim import trim_parts
from hair import hair_parts
from hands import hand_parts
from head import head_parts
from paint_face import face_materials, textures
from palette import share_palette
from vrm import Companion

OUT = Path(__file__).resolve().parents[1] / "companions" / "hikari.vrm"


def companion() -> Companion:
    """Hikari, whole."""
    skirt, skirt_chains, helpers = skirt_parts()
    hair, hair_chains = hair_parts()
    head = [*head_parts(), *hair]
    body = [*body_parts(), *hand_parts(), *top_parts(), *skirt, *trim_parts(), *shoe_parts()]
    materials, pictures = {**face_materials(), **cloth_materials()}, {**textures(), **cloth_textures()}
    whole = [with_slim_neck(p) if p.material in ("face", "skin") else p for p in [*head, *body]]
    parts, materials, pictures = share_palette(whole, materials, pictures)
    return Companion(parts, [*hair_chains, *skirt_chains], materials, pictures, helpers)


def main() -> None:
    made = companion()
    data = made.tobytes()
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_bytes(data)
    for m in made.meshes:
        print(f"{m.name:14} {len(m.positions):6} vertices {len(m.triangles):6} triangles {len(m.morphs):3} morphs")
    triangles, vertices = (sum(len(getattr(m, k)) for m in made.meshes) for k in ("triangles", "positions"))
    print(f"{'all':14} {vertices:6} vertices {triangles:6} triangles in {len(made.meshes)} primitives")
    print(f"{len(made.joints)} joints, {len(made.chains)} spring chains, {len(data) / 1e6:.2f} MB, {OUT.name}")


if __name__ == "__main__":
    main()
