"""The mouth is found by the names that artists give its shapes, the best first; a file may hold anything as a name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mouth_models import ARKIT, OCULUS, VOWELS, write

from avatar.model.inspect import describe_lines, inspect
from avatar.model.load import load
from avatar.model.mouth import find_mouth


def _side(name: str) -> str:
    return name.removesuffix("Left").removesuffix("Right")


def _snake(name: str) -> str:
    """``mouthSmileLeft`` as ``Mouth_Smile_L``."""
    words = "".join(f"_{c}" if c.isupper() else c for c in name).split("_")
    words = [{"Left": "L", "Right": "R"}.get(word, word.capitalize()) for word in words]
    return "_".join(words)


@pytest.mark.parametrize(
    "spelled",
    [
        str,
        str.upper,
        str.lower,
        lambda n: f"A25_{_snake(n)}",
        lambda n: f"ARKit_{n}",
        lambda n: f"Fcl_{n}",
        lambda n: f"Face.blendShape1.{n}",
        lambda n: n.replace("Left", "_L").replace("Right", "_R"),
        lambda n: n[0].upper() + n[1:].replace("Left", "L").replace("Right", "R"),
    ],
)
def test_arkit_in_any_spelling(tmp_path: Path, spelled) -> None:
    mouth = find_mouth(load(write(tmp_path, ARKIT, spelled)))
    assert mouth.kind == "arkit"
    assert mouth.shapes == {name: spelled(name) for name in ARKIT}


@pytest.mark.parametrize(
    "spelled", [lambda n: f"viseme_{n}", lambda n: f"vrc.v_{n.lower()}", lambda n: f"V_{n.upper()}", str]
)
def test_oculus_in_any_spelling(tmp_path: Path, spelled) -> None:
    mouth = find_mouth(load(write(tmp_path, OCULUS, spelled)))
    assert mouth.kind == "oculus"
    assert mouth.shapes == {name: spelled(name) for name in OCULUS}


def test_oculus_with_short_vowels(tmp_path: Path) -> None:
    short = {"ih": "I", "oh": "O", "ou": "U"}
    model = load(write(tmp_path, OCULUS, lambda n: f"viseme_{short.get(n, n)}"))
    assert find_mouth(model).shapes["ou"] == "viseme_U"


@pytest.mark.parametrize(
    "spelled",
    [
        str,
        lambda n: f"Fcl_MTH_{n}",
        lambda n: f"Face.M_F00_000_00_Fcl_MTH_{n}",
        lambda n: f"mouth_{n.lower()}",
        lambda n: dict(zip("AIUEO", "あいうえお", strict=True))[n],
        lambda n: "9." + dict(zip("AIUEO", "ｱｲｳｴｵ", strict=True))[n],
    ],
)
def test_vowels_in_any_spelling(tmp_path: Path, spelled) -> None:
    mouth = find_mouth(load(write(tmp_path, VOWELS, spelled)))
    assert mouth.kind == "vowels"
    vowels = dict(zip("AIUEO", ("aa", "ih", "ou", "ee", "oh"), strict=True))
    assert mouth.shapes == {vowels[name]: spelled(name) for name in VOWELS}


def test_the_best_mouth_counts(tmp_path: Path) -> None:
    vowels = {f"Fcl_MTH_{n}": shape for n, shape in VOWELS.items()}
    visemes = {f"viseme_{n}": shape for n, shape in OCULUS.items()}
    assert find_mouth(load(write(tmp_path, {**vowels, **visemes, **ARKIT}, jaw="jaw"))).kind == "arkit"
    assert find_mouth(load(write(tmp_path, {**vowels, **visemes}, jaw="jaw"))).kind == "oculus"
    assert find_mouth(load(write(tmp_path, vowels, jaw="jaw"))).kind == "vowels"
    assert find_mouth(load(write(tmp_path, {"Mouth_Open": VOWELS["A"]}, jaw="jaw"))).kind == "opening"
    assert find_mouth(load(write(tmp_path, {"smirk": VOWELS["A"]}, jaw="jaw"))).kind == "jaw"
    assert find_mouth(load(write(tmp_path, {"smirk": VOWELS["A"]}))).kind == "none"


def test_a_handful_of_shapes_is_no_arkit_mouth(tmp_path: Path) -> None:
    some = {n: ARKIT[n] for n in ("mouthSmileLeft", "mouthSmileRight", "jawOpen")}
    mouth = find_mouth(load(write(tmp_path, some)))
    assert (mouth.kind, mouth.shapes) == ("opening", {"aa": "jawOpen"})


@pytest.mark.parametrize("vrm", ["", "targets", "expressions"])
@pytest.mark.parametrize("owner", ["mesh", "primitive", "target"])
def test_shapes_become_expressions(tmp_path: Path, vrm: str, owner: str) -> None:
    model = load(write(tmp_path, ARKIT, vrm=vrm, owner=owner))
    assert ARKIT.keys() <= model.expressions.keys()
    k = list(ARKIT).index("jawOpen")
    assert model.expressions["jawOpen"].morphs.tolist() == [k]
    assert model.morph_names[k] == ("" if owner == "nobody" else "jawOpen")


def test_equal_names_of_two_meshes_move_together(tmp_path: Path) -> None:
    """A beard that goes with the face: its own mesh has the same names."""
    import json
    import struct

    path = write(tmp_path, VOWELS, lambda n: f"Fcl_MTH_{n}")
    data = path.read_bytes()
    size = struct.unpack("<I", data[12:16])[0]
    root = json.loads(data[20 : 20 + size])
    root["meshes"].append(root["meshes"][0])
    root["nodes"].append({"mesh": 1, "name": "beard"})
    root["scenes"][0]["nodes"].append(len(root["nodes"]) - 1)
    from model_files import pack

    path.write_bytes(pack(json.dumps(root).encode(), data[28 + size :]))
    model = load(path)
    assert model.expressions["Fcl_MTH_A"].morphs.tolist() == [0, 5]


@pytest.mark.parametrize("names", [7, [1, None, {}], {"a": 1}, ["\ud800", "a\nb"], "jawOpen", [["x"]]])
def test_extras_may_hold_anything(tmp_path: Path, names: object) -> None:
    import json

    from model_files import Gltf

    g = Gltf()
    at = g.accessor(np.zeros((3, 3), "f4"))
    mesh = g.mesh({"POSITION": at}, targets=[{"POSITION": at}, {"POSITION": at}])
    g.json["meshes"][mesh]["extras"] = {"targetNames": names}
    g.node(mesh=mesh)
    model = load(g.write(tmp_path))
    assert len(model.morph_names) == len(model.morph_defaults) == 2
    assert all(name.isprintable() for name in model.morph_names)
    assert json.dumps(model.morph_names)


@pytest.mark.parametrize("name", ["jaw", "Jaw", "LowerJaw", "CC_Base_JawRoot", "mixamorig:Jaw", "DEF-jaw", "mandible"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_jaw_opens_downwards_whichever_way_the_face_looks(tmp_path: Path, name: str, turned: bool) -> None:
    model = load(write(tmp_path, jaw=name, turned=turned))
    mouth = find_mouth(model)
    assert mouth.kind == "jaw"
    assert model.node_names[mouth.jaw] == name
    assert mouth.jaw_sign == (-1 if turned else 1)


@pytest.mark.parametrize("name", ["jawelry", "upper_jaw", "UpperJaw", "jawEnd"])
def test_other_bones_are_no_jaw(tmp_path: Path, name: str) -> None:
    assert find_mouth(load(write(tmp_path, jaw=name))).kind == "none"


def test_a_jaw_that_moves_nothing_is_none(tmp_path: Path) -> None:
    from model_files import Gltf

    g = Gltf()
    g.node(mesh=g.triangle(), name="body")
    g.node(name="jaw")
    assert find_mouth(load(g.write(tmp_path))).kind == "none"


@pytest.mark.parametrize(
    ("shapes", "spelled", "jaw", "vrm", "said"),
    [
        (ARKIT, str, "", "", "mouth: 18 ARKit shapes"),
        (OCULUS, "viseme_{}".format, "", "", "mouth: 15 Oculus visemes"),
        (VOWELS, "Fcl_MTH_{}".format, "", "", "mouth: vowels aa, ih, ou, ee, oh"),
        ({"mouthOpen": VOWELS["A"]}, str, "", "", "mouth: one shape that opens it (mouthOpen)"),
        ({}, str, "Jaw", "", "mouth: a jaw that turns (Jaw)"),
        ({}, str, "", "", "mouth: none; nothing of it moves when it speaks"),
        ({}, str, "", "targets", "mouth: none; its head nods when it speaks"),
    ],
)
def test_inspect_says_which_mouth_there_is(tmp_path: Path, shapes, spelled, jaw: str, vrm: str, said: str) -> None:
    found = inspect(write(tmp_path, shapes, spelled, vrm=vrm, jaw=jaw))
    assert [line for line in describe_lines(found) if line.startswith("mouth:")] == [said]
