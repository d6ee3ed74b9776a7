"""Lips of any companion, measured at its vertices: shut on p b m, at the teeth on f v, open on vowels."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from mouth_models import ARKIT, CHIN, LOWER, OCULUS, TEETH, UPPER, VOWELS, write

from avatar.animate.animator import Animator
from avatar.animate.jaw import LIMIT
from avatar.linalg import quat
from avatar.model.load import load
from avatar.model.model import AvatarModel
from avatar.runtime.animating import animator_for
from avatar.speech.visemes import MOUTH
from avatar.types import VISEMES, Express, FloatArray, Pose

DT = 1 / 60
MIDDLE_UPPER, MIDDLE_LOWER = UPPER.start + 1, LOWER.start + 1
KINDS = {
    "arkit": ({"shapes": ARKIT}),
    "arkit vrm": ({"shapes": ARKIT, "vrm": "expressions"}),
    "arkit targets": ({"shapes": ARKIT, "vrm": "targets"}),
    "oculus": ({"shapes": OCULUS, "spelled": "viseme_{}".format}),
    "oculus vrm": ({"shapes": OCULUS, "spelled": "vrc.v_{}".format, "vrm": "targets"}),
    "vroid": ({"shapes": VOWELS, "spelled": "Fcl_MTH_{}".format, "vrm": "targets"}),
    "opening": ({"shapes": {"mouthOpen": VOWELS["A"]}, "vrm": "targets"}),
    "jaw": ({"jaw": "Jaw"}),
    "jaw turned": ({"jaw": "lower_jaw", "turned": True}),
    "jaw vrm": ({"jaw": "jaw", "vrm": "targets"}),
}


def viseme(**weights: float) -> FloatArray:
    out = np.zeros(15, np.float32)
    for name, value in weights.items():
        out[VISEMES.index(name)] = value
    return out


class Mouth:
    def __init__(self, folder: Path, kind: str) -> None:
        self.model = load(write(folder, **KINDS[kind]))
        self.animator: Animator = animator_for(self.model, 0)
        self.now = 0.0
        self.rest = self.points(self.say(viseme(sil=1)))

    def say(self, mouth: FloatArray | None, seconds: float = 0.1, *commands: Express) -> Pose:
        for _ in range(max(1, round(seconds / DT))):
            self.now += DT
            pose = self.animator.step(commands, self.now, DT, mouth=mouth)
            commands = ()
        return pose

    def points(self, pose: Pose) -> FloatArray:
        """(8, 3) millimetres from the head's node, whatever the body does."""
        at = vertices(self.model, pose)
        head = pose.world[self.model.node_names.index("head")]
        return (at - head[:3, 3]) @ head[:3, :3] * 1000

    def gap(self, mouth: FloatArray) -> float:
        """Millimetres between the lips in their middle, more than at rest."""
        p = self.points(self.say(mouth))
        still = self.rest
        return float((p - still)[MIDDLE_UPPER, 1] - (p - still)[MIDDLE_LOWER, 1])


def vertices(model: AvatarModel, pose: Pose) -> FloatArray:
    (prim,) = model.primitives
    p = prim.positions.astype(np.float64)
    if prim.morph_positions is not None:
        p = p + np.einsum("k,kvc->vc", pose.morphs, prim.morph_positions)
    if prim.joints is None:
        return p @ pose.world[prim.node][:3, :3].T + pose.world[prim.node][:3, 3]
    skin = model.skins[prim.skin]
    bones = (pose.world[skin.joints] @ skin.inverse_bind)[prim.joints[:, 0]]
    return np.einsum("vij,vj->vi", bones[:, :3, :3], p) + bones[:, :3, 3]


@pytest.mark.parametrize("kind", KINDS)
def test_lips_are_shut_on_p_b_m_and_open_on_vowels(tmp_path: Path, kind: str) -> None:
    mouth = Mouth(tmp_path, kind)
    assert mouth.gap(viseme(PP=1)) <= 0.05
    opened = {name: mouth.gap(viseme(**{name: 1})) for name in VISEMES if name not in ("sil", "PP")}
    assert opened["aa"] > 7
    assert opened["aa"] == max(opened.values())
    assert opened["aa"] > opened["E"] > opened["ih"] > 0.8
    assert opened["oh"] > opened["ou"] > 0.8
    assert opened["FF"] < 0.25 * opened["aa"]
    for consonant in ("TH", "DD", "kk", "CH", "SS", "nn", "RR"):
        assert 0.3 < opened[consonant] < 0.6 * opened["aa"], consonant
    assert abs(mouth.gap(viseme(sil=1))) < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_the_mouth_opens_as_far_as_it_is_asked_to(tmp_path: Path, kind: str) -> None:
    mouth = Mouth(tmp_path, kind)
    gaps = [mouth.gap(viseme(aa=w, sil=1 - w)) for w in np.linspace(0, 1, 6)]
    assert all(b > a + 0.3 for a, b in itertools.pairwise(gaps))
    closing = [mouth.gap(viseme(aa=1 - w, PP=w)) for w in np.linspace(0, 1, 9)]
    assert all(b <= a + 1e-3 for a, b in itertools.pairwise(closing))


@pytest.mark.parametrize("kind", [k for k in KINDS if "vrm" in k or k in ("vroid", "opening", "arkit targets")])
def test_a_feeling_does_not_open_shut_lips(tmp_path: Path, kind: str) -> None:
    mouth = Mouth(tmp_path, kind)
    mouth.say(viseme(sil=1), 1.0, Express("happy", 1.0, None, 0.1))
    assert mouth.gap(viseme(sil=1)) > 8, "the grin opens the mouth"
    assert mouth.gap(viseme(PP=1)) <= 0.6
    assert mouth.gap(viseme(FF=1)) < 4
    corner = mouth.points(mouth.say(viseme(PP=1)))[0, 1] - mouth.rest[0, 1]
    if "jaw" not in kind:
        assert corner > 0.2, "it still smiles"


@pytest.mark.parametrize("kind", ["arkit", "oculus"])
def test_lip_to_teeth_on_f_and_v(tmp_path: Path, kind: str) -> None:
    mouth = Mouth(tmp_path, kind)
    rest, bite = mouth.rest, mouth.points(mouth.say(viseme(FF=1)))

    def away(p: FloatArray) -> float:
        return float(np.linalg.norm((p[MIDDLE_LOWER] - p[TEETH])[1:]))

    assert away(bite) < 0.5 * away(rest)
    assert bite[MIDDLE_UPPER, 1] > rest[MIDDLE_UPPER, 1] + 0.5, "the upper lip bares the teeth"


def test_rounding_narrows_and_stretching_widens_an_arkit_mouth(tmp_path: Path) -> None:
    mouth = Mouth(tmp_path, "arkit")

    def width(name: str) -> float:
        p = mouth.points(mouth.say(viseme(**{name: 1})))
        return float(p[2, 0] - p[0, 0])

    rest = width("sil")
    assert width("ou") < rest - 12
    assert width("oh") < rest - 8
    assert width("ih") > rest + 5
    assert abs(width("aa") - rest) < 3


@pytest.mark.parametrize("kind", ["jaw", "jaw turned", "jaw vrm"])
def test_a_jaw_turns_within_limits_and_comes_back(tmp_path: Path, kind: str) -> None:
    mouth = Mouth(tmp_path, kind)
    everything = np.ones(15, np.float32)
    everything[[VISEMES.index("PP"), VISEMES.index("FF")]] = 0
    for _ in range(120):
        mouth.say(everything, DT)
    node = next(n for n, name in enumerate(mouth.model.node_names) if "jaw" in name.lower())
    turned = mouth.animator.pose.rotation[node] @ quat.normalize(mouth.model.rotation[node])
    assert 2 * np.arccos(min(1.0, abs(float(turned)))) <= LIMIT + 1e-4
    assert mouth.points(mouth.animator.pose)[CHIN, 1] < mouth.rest[CHIN, 1] - 15
    assert np.allclose(mouth.points(mouth.say(None)), mouth.rest, atol=0.05)


def test_a_companion_without_a_mouth_still_speaks(tmp_path: Path) -> None:
    model = load(write(tmp_path, {}))
    animator = animator_for(model, 0)
    before = animator.step((), 0.1, DT, mouth=viseme(sil=1)).world.copy()
    assert np.array_equal(animator.step((), 0.2, DT, mouth=viseme(aa=1)).world, before)


def test_a_feeling_that_blocks_the_mouth_blocks_arkit_shapes(tmp_path: Path) -> None:
    mouth = Mouth(tmp_path, "arkit vrm")
    mouth.model.expressions["happy"].override_mouth = "block"
    mouth.animator = animator_for(mouth.model, 0)
    mouth.say(viseme(aa=1), 1.0, Express("happy", 1.0, None, 0.1))
    assert mouth.animator.pose.expressions["jawOpen"] == 0


@pytest.mark.parametrize("kind", ["arkit", "vroid", "jaw"])
def test_jaw_and_lips_move_apart_from_the_visemes(tmp_path: Path, kind: str) -> None:
    mouth = Mouth(tmp_path, kind)

    def shown(shape: str, jaw: float, rounding: float) -> FloatArray:
        said = np.zeros(MOUTH, np.float32)
        said[VISEMES.index(shape)] = 1
        said[15:17] = jaw, rounding
        return mouth.points(mouth.say(said))

    plain, wide = shown("DD", 0, 0), shown("DD", 0.5, 0)
    assert wide[MIDDLE_LOWER, 1] < plain[MIDDLE_LOWER, 1] - 2
    if kind == "arkit":
        pursed = shown("DD", 0, 0.6)
        assert pursed[2, 0] - pursed[0, 0] < plain[2, 0] - plain[0, 0] - 3
    shut = shown("PP", 0.6, 0) - mouth.rest
    assert shut[MIDDLE_UPPER, 1] - shut[MIDDLE_LOWER, 1] < 0.5
