"""The same files drawn by three-vrm and by us under the same light, and how far apart the pictures are.

    python benchmarks/peers/sweep.py [--only WORD] [--file MODEL ...] [--base MODEL] [--sheets FOLDER] [--freeze PNG]

Prints each picture's mean absolute difference over the companion's pixels, in 8-bit steps, worst last. --file : also
these models as they are, seen whole; --base : the factor sweeps on this model's first material too; --sheets :
three-vrm, ours and eight times the difference, side by side, as PNG; --freeze : only write three-vrm's pictures that
the test suite keeps, as tests/render/data/three_vrm.png.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from browser import Peer
from peer_cases import cases, on_file
from peer_models import Case
from peer_plan import COLUMNS, FROZEN, PLAN, TILE, difference, framed, ours

from avatar.errors import AvatarError
from avatar.render.renderer import Renderer


def freeze(path: Path) -> None:
    """Write three-vrm's pictures of FROZEN on one sheet."""
    by_name = {c.name: c for c in cases()}
    rows = -(-len(FROZEN) // COLUMNS)
    sheet = np.zeros((rows * TILE, COLUMNS * TILE, 3), np.uint8)
    with Peer() as peer:
        for k, name in enumerate(FROZEN):
            case = by_name[name]
            plan = {**PLAN, "size": (TILE, TILE), "time": case.time, "expressions": case.expressions}
            y, x = k // COLUMNS * TILE, k % COLUMNS * TILE
            sheet[y : y + TILE, x : x + TILE] = peer.shot(case.data, plan)
    cv2.imwrite(str(path), sheet[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="pictures whose name holds this")
    parser.add_argument("--file", type=Path, action="append", default=[])
    parser.add_argument("--base", type=Path, action="append", default=[])
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--freeze", type=Path, metavar="PNG")
    options = parser.parse_args()
    files = {f.name: f.read_bytes() for f in options.file}
    wanted = [*cases(), *(c for base in options.base for c in on_file(base))]
    if options.only:
        wanted = [c for c in wanted if any(word in c.name for word in options.only)]
    wanted += [Case(name, data) for name, data in files.items()]
    if options.freeze:
        freeze(options.freeze)
        return
    size = (options.size, options.size)
    rows = []
    with Peer() as peer, Renderer(size, 4) as renderer:
        print(f"three.js r{peer.info['three']}: {peer.info['renderer']}; ours: {renderer.context.renderer}", flush=True)
        for case in wanted:
            view = framed(case.data) if case.name in files else PLAN
            plan = {**view, "size": size, "time": case.time, "expressions": case.expressions}
            try:
                mine, theirs = ours(case, renderer, view), peer.shot(case.data, plan)
            except (AvatarError, RuntimeError) as error:
                print(f"   fails  {case.name}: {error}")
                continue
            rows.append((*difference(theirs, mine), case.name))
            if options.sheets:
                options.sheets.mkdir(parents=True, exist_ok=True)
                apart = np.clip(np.abs(theirs.astype(np.int16) - mine) * 8, 0, 255).astype(np.uint8)
                name = "".join(c if c.isalnum() or c in "-." else "_" for c in case.name)
                sheet = cv2.resize(np.hstack([theirs, mine, apart]), (1152, 384), interpolation=cv2.INTER_AREA)
                cv2.imwrite(str(options.sheets / f"{name}.png"), sheet[..., ::-1])
    for mean, share, name in sorted(rows):
        print(f"{mean:8.3f}  {100 * share:6.2f} % off by over 8   {name}")


if __name__ == "__main__":
    main()
