"""The house companion's head: a sound mesh, lids that shut, lips that meet and open, hair that its chains can move."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "assets" / "atelier"))

from face_form import EYE, MOUTH_Y
from face_loops import mouth_rings
from face_shapes import REST, SHAPES
from hair import hair_parts
from head import MORPHS, head_parts
from kit import Part, skeleton, smooth_normals
from paint_face import face_materials, textures

VOWELS = ("aa", "ih", "ou", "ee", "oh")
NEEDED = {
    *VOWELS, "happy", "angry", "sad", "relaxed", "surprised", "blink", "blinkLeft", "blinkRight",
    "browUp", "browDown", "smile", "lipPress", "lipBite",
}  # fmt: skip


@pytest.fixture(scope="module")
def head() -> dict[str, Part]:
    return {p.name: p for p in head_parts()}


@pytest.fixture(scope="module")
def hair():
    return hair_parts()


def area(p: Part) -> np.ndarray:
    a, b, c = (p.positions[p.triangles[:, k]] for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def surface_z(part: Part, positions: np.ndarray, x: float, y: float) -> float:
    """Foremost z of the part's surface at (x, y), by casting a ray along -Z; -inf where there is none."""
    a, b, c = (positions[part.triangles[:, k]] for k in range(3))
    d = (b[:, 1] - c[:, 1]) * (a[:, 0] - c[:, 0]) + (c[:, 0] - b[:, 0]) * (a[:, 1] - c[:, 1])
    d = np.where(np.abs(d) < 1e-14, np.inf, d)
    u = ((b[:, 1] - c[:, 1]) * (x - c[:, 0]) + (c[:, 0] - b[:, 0]) * (y - c[:, 1])) / d
    v = ((c[:, 1] - a[:, 1]) * (x - c[:, 0]) + (a[:, 0] - c[:, 0]) * (y - c[:, 1])) / d
    hit = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & np.isfinite(d)
    z = u * a[:, 2] + v * b[:, 2] + (1 - u - v) * c[:, 2]
    return float(z[hit].max()) if hit.any() else -np.inf


def covered(head: dict[str, Part], eye: Part, weights: dict[str, float]) -> float:
    """Share of the eye part's vertices with skin in front of them."""
    face = head["face"]
    p = face.positions + sum(w * face.morphs[k] for k, w in weights.items())
    hidden = [surface_z(face, p, q[0], q[1]) > q[2] + 2e-4 for q in eye.positions]
    return float(np.mean(hidden))


def test_no_triangle_is_degenerate(head, hair):
    for part in (*head.values(), *hair[0]):
        assert area(part).min() > 1e-10, part.name
        assert part.triangles.min() >= 0
        assert part.triangles.max() < len(part.positions)


def test_the_budget_is_kept(head, hair):
    assert sum(len(p.triangles) for p in head.values()) <= 3200
    assert sum(len(p.triangles) for p in hair[0]) <= 3500
    assert all(im.shape[2] == 4 and max(im.shape[:2]) <= 512 and im.dtype == np.uint8 for im in textures().values())


def test_every_part_is_whole(head, hair):
    keys = set(face_materials())
    pictures = set(textures())
    for part in (*head.values(), *hair[0]):
        n = len(part.positions)
        assert part.material in keys
        assert part.uvs is not None
        assert part.uvs.shape == (n, 2)
        assert part.normals is not None
        np.testing.assert_allclose(np.linalg.norm(part.normals, axis=1), 1, atol=1e-6)
        assert np.isfinite(part.positions).all()
        assert all(d.shape == (n, 3) and np.isfinite(d).all() for d in part.morphs.values())
    for spec in face_materials().values():
        assert {t for t in (spec.texture, spec.shade_texture) if t} <= pictures


def test_the_halves_mirror_each_other(head):
    face = head["face"]
    mirrored = {tuple(np.round(p * (-1e6, 1e6, 1e6)).astype(int)) for p in face.positions}
    own = {tuple(np.round(p * 1e6).astype(int)) for p in face.positions}
    assert len(own ^ mirrored) == 0


def test_the_skin_faces_outward(head):
    face = head["face"]
    flat = smooth_normals(face.positions, face.triangles)
    p = face.positions
    lids = np.hypot((np.abs(p[:, 0]) - EYE[0]) / 0.019, (p[:, 1] - EYE[1]) / 0.014) < 1  # their insides turn in
    away = p - np.array([0.0, 1.50, -0.01])
    lips = np.hypot(p[:, 0] / 0.022, (p[:, 1] - MOUTH_Y) / 0.008) < 1
    far = ~lids & ~lips & (np.abs(p[:, 1] - 1.53) < 0.09) & (np.linalg.norm(away[:, [0, 2]], axis=1) > 0.06)
    assert (np.sum(flat[far] * away[far], axis=1) > 0).mean() > 0.99
    agree = np.sum(flat * face.normals, axis=1)[~lids & ~lips]
    assert np.median(agree) > 0.97
    assert (agree > 0.3).mean() > 0.99


def test_the_neck_ends_in_the_agreed_ring(head):
    face = head["face"]
    a = 2 * np.pi * np.arange(24) / 24
    ring = np.stack([0.045 * np.cos(a), np.full(24, 1.385), -0.014 + 0.047 * np.sin(a)], 1)
    d = np.linalg.norm(face.positions[None] - ring[:, None], axis=-1)
    assert d.min(axis=1).max() < 1e-6
    at = d.argmin(axis=1)
    assert len(set(at)) == 24
    assert np.abs(face.positions[:, 1] - 1.385 < 1e-6).sum() == 24
    np.testing.assert_allclose(face.weights["neck"][at], 0.7, atol=1e-6)
    np.testing.assert_allclose(face.weights["head"][at], 0.3, atol=1e-6)
    assert (face.weights["neck"][face.positions[:, 1] >= 1.43] == 0).all()


def test_weights_are_shares_of_known_bones(head, hair):
    parts, chains = hair
    bones = set(skeleton()) | {name for c in chains for name, _ in c.joints[:-1]}
    for part in (*head.values(), *parts):
        assert set(part.weights) <= bones
        total = sum(part.weights.values())
        assert all((w >= 0).all() for w in part.weights.values())
        np.testing.assert_allclose(total, 1, atol=1e-6)


def test_every_morph_is_there_and_moves_the_skin(head):
    assert set(MORPHS) == NEEDED
    for part in head.values():
        assert set(part.morphs) <= NEEDED
    brows = {"browUp", "browDown"}
    for name in NEEDED:
        moved = max(np.abs(p.morphs[name]).max() for p in head.values() if name in p.morphs)
        assert moved > 1.5e-3, name
        if name not in brows:
            assert np.abs(head["face"].morphs[name]).max() > 5e-4, name


def test_morphs_leave_skull_and_neck_alone(head):
    face = head["face"]
    still = (face.positions[:, 1] < 1.39) | (face.positions[:, 2] < -0.02) | (face.positions[:, 1] > 1.56)
    for name, d in face.morphs.items():
        assert np.abs(d[still]).max() < 1e-6, name


@pytest.mark.parametrize("part", ["eyewhite", "iris"])
def test_blink_covers_the_eye(head, part):
    eye = head[part]
    assert covered(head, eye, {}) < 0.75  # open, it shows
    assert covered(head, eye, {"blink": 1.0}) == 1.0


def test_each_eye_blinks_alone(head):
    eye = head["iris"]
    n = len(eye.positions) // 2
    left = Part("left", eye.positions[:n], eye.triangles, {}, "iris")
    right = Part("right", eye.positions[n:], eye.triangles, {}, "iris")
    assert left.positions[:, 0].mean() == pytest.approx(EYE[0], abs=1e-3)
    assert covered(head, left, {"blinkLeft": 1.0}) == 1.0
    assert covered(head, right, {"blinkLeft": 1.0}) < 0.75
    assert covered(head, right, {"blinkRight": 1.0}) == 1.0
    both = head["face"].morphs["blinkLeft"] + head["face"].morphs["blinkRight"]
    np.testing.assert_allclose(both, head["face"].morphs["blink"], atol=1e-9)


def turned(iris: Part, yaw: float, pitch: float) -> np.ndarray:
    """The left iris's vertices with its bone turned, degrees."""
    bone = skeleton()["leftEye"][1]
    a, b = np.radians([yaw, pitch])
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    turn = turn @ np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return (iris.positions[: len(iris.positions) // 2] - bone) @ turn.T + bone


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (12, 0), (-10, 0), (0, 9), (0, -9), (-8, 7), (9, -7)])
def test_the_iris_stays_before_the_white(head, yaw, pitch):
    face, white = head["face"], head["eyewhite"]
    seen = 0
    for q in turned(head["iris"], yaw, pitch):
        if surface_z(face, face.positions, q[0], q[1]) < 0.06:  # within the opening
            seen += 1
            assert q[2] > surface_z(white, white.positions, q[0], q[1]) + 1e-4
    assert seen > 28


@pytest.mark.parametrize(
    "mix", [{"blink": 0.25}, {"blink": 0.5}, {"blink": 0.75}, {"blink": 1}, {"happy": 1}, {"relaxed": 1}]
)
def test_no_lid_on_its_way_lets_the_iris_through(head, mix):
    face = head["face"]
    p = face.positions + sum(w * face.morphs[k] for k, w in mix.items())
    for yaw, pitch in ((0, 0), (10, 0), (-10, 0), (0, 8), (0, -8)):
        for q in turned(head["iris"], yaw, pitch):
            z = surface_z(face, p, q[0], q[1])
            assert z < 0.06 or z > q[2] + 2e-4


def test_lips_meet_at_rest_and_open_for_vowels():
    def gap(name: str | None) -> float:
        edge = mouth_rings(SHAPES[name] if name else REST)[2]
        return float(edge[0, 1] - edge[-1, 1]) * 1000

    assert 0 <= gap(None) <= 1.0
    assert gap("aa") >= 12
    assert gap("lipPress") <= 1.0
    assert {k: gap(k) > 3 for k in VOWELS} == dict.fromkeys(VOWELS, True)


def test_vowels_have_distinct_silhouettes():
    size = {}
    for k in VOWELS:
        edge = mouth_rings(SHAPES[k])[2]
        size[k] = np.array([2 * edge[:, 0].max(), edge[0, 1] - edge[-1, 1]]) * 1000
    names = list(VOWELS)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            assert np.linalg.norm(size[a] - size[b]) > 4.0, (a, b)
    assert size["ee"][0] > size["ih"][0] > size["aa"][0] > size["oh"][0] > size["ou"][0]
    assert size["aa"][1] > size["oh"][1] > size["ee"][1]


@pytest.mark.parametrize(
    "mix", [(k,) for k in (*VOWELS, "lipPress", "lipBite", "smile")] + [("aa", "happy"), ("ee", "happy")]
)
def test_lips_never_go_behind_the_teeth(head, mix):
    teeth = head["teeth"]
    shift = sum(teeth.morphs[k] for k in mix if k in teeth.morphs) + np.zeros_like(teeth.positions)
    front = teeth.positions + shift
    lips = mouth_rings(REST)[2:5] + sum(mouth_rings(SHAPES[k])[2:5] - mouth_rings(REST)[2:5] for k in mix)
    for q in lips.reshape(-1, 3):
        near = surface_z(teeth, front, q[0], q[1])
        assert q[2] > near, mix


def test_the_mouth_is_where_the_face_says(head):
    lips = head["lipline"].positions
    assert abs(lips[:, 1].mean() - MOUTH_Y) < 0.002
    assert lips[:, 2].min() > 0.07


def test_hair_chains_move_hair(hair):
    parts, chains = hair
    assert 6 <= len(chains) <= 10
    for c in chains:
        joints = np.array([x for _, x in c.joints])
        assert 3 <= len(joints) <= 4
        assert (np.linalg.norm(np.diff(joints, axis=0), axis=1) > 0.02).all()
        assert c.parent == "head"
        assert set(c.colliders) <= {"head", "neck", "chest"}
        for name, _ in c.joints[:-1]:
            assert parts[0].weights[name].max() > 0.5, name


def test_hair_hides_the_skull(head, hair):
    """From above, behind and the sides at the height of the brow, hair lies outside the skin."""
    skin, mesh = head["face"], hair[0][0]
    assert mesh.positions[:, 1].max() > skin.positions[:, 1].max() + 0.005
    for part, sign in ((0, 1), (0, -1), (2, -1)):
        a = mesh.positions[np.abs(mesh.positions[:, 1] - 1.56) < 0.03][:, part] * sign
        b = skin.positions[np.abs(skin.positions[:, 1] - 1.56) < 0.03][:, part] * sign
        assert a.max() > b.max() + 0.004
