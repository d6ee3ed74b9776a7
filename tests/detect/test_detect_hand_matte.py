"""A hand's mask lies on the picture's edges, keeps still on a still hand, and is where the hand has gone."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from avatar.io.detect.hand_carry import HandCarrier
from avatar.io.detect.hand_matte import HandMasker
from avatar.types import Limbs, VideoFrame

SIZE = (640, 480)
ENDS = np.array([[[x, 300 + 2 * abs(x - 300)], [x + (x - 300) * 0.5, 200]] for x in (260, 285, 310, 335)], np.float32)
ENDS = np.concatenate([ENDS, [[[300, 380], [x, 300]] for x in (265, 290, 315, 330)]]).astype(np.float32)
RADII = np.array([9, 9, 9, 9, 14, 14, 14, 14], np.float32)
LABELS = np.arange(1, 9, dtype=np.uint8)


def limbs(shift=(0.0, 0.0), arm: bool = False) -> Limbs:
    ends, radii, label = ENDS + np.array(shift, np.float32), RADII, LABELS
    is_arm = np.zeros(8, bool)
    if arm:
        ends = np.concatenate([ends, np.array([[[300, 400], [300, 470]]], np.float32)])
        radii, label = np.append(radii, np.float32(20)), np.append(label, np.uint8(17))
        is_arm = np.append(is_arm, True)
    depth = np.linspace(0.5, 0.6, len(label)).astype(np.float32)
    return Limbs(ends, radii, depth, label, is_arm)


def truth() -> np.ndarray:
    """(480, 640) float32: the hand itself."""
    out = np.zeros(SIZE[::-1], np.uint8)
    for (a, b), r in zip(ENDS, RADII, strict=True):
        cv2.line(out, np.rint(a).astype(int).tolist(), np.rint(b).astype(int).tolist(), 255, round(2 * float(r)))
    return (out > 0).astype(np.float32)


def picture(inside: np.ndarray, seed: int = 0, noise: float = 4.0) -> np.ndarray:
    skin, ground = np.array([196, 148, 122]), np.array([70, 92, 120])
    image = ground + inside[..., None] * (skin - ground)
    image = image + np.random.default_rng(seed).normal(0, noise, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def whole(mask) -> np.ndarray:
    x0, y0, x1, y1 = mask.box
    out = np.zeros(SIZE[::-1], np.float32)
    out[y0:y1, x0:x1] = cv2.resize(mask.alpha, (x1 - x0, y1 - y0)).astype(np.float32) / 255
    return out


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a > 0.5, b > 0.5
    return float((a & b).sum() / (a | b).sum())


def test_the_mask_goes_to_the_pictures_edge_though_the_limbs_are_beside_it() -> None:
    hand = truth()
    beside = limbs((3.0, -3.0))
    plain = np.zeros_like(hand)
    for (a, b), r in zip(beside.ends, beside.radii, strict=True):
        cv2.line(plain, np.rint(a).astype(int).tolist(), np.rint(b).astype(int).tolist(), 1.0, round(2 * float(r)))
    found = whole(HandMasker().step(picture(hand), beside))
    assert overlap(found, hand) > 0.90
    assert overlap(found, hand) > overlap(plain, hand) + 0.05


def test_where_hand_and_ground_are_alike_the_limbs_stay() -> None:
    grey = np.full((*SIZE[::-1], 3), 120, np.uint8)
    assert overlap(whole(HandMasker().step(grey, limbs())), truth()) > 0.75


def test_a_still_hand_does_not_flicker() -> None:
    masker, rng, hand, seen = HandMasker(), np.random.default_rng(3), truth(), []
    for k in range(24):
        jitter = rng.normal(0, 0.25, 2)
        seen.append(whole(masker.step(picture(hand, k), limbs(jitter))))
    change = [float(np.abs(b - a).sum() / hand.sum()) for a, b in pairwise(seen[8:])]
    assert max(change) < 0.01, "of the hand's own area, from one picture to the next"


def test_a_forearm_has_a_colour_of_its_own() -> None:
    inside = truth()
    sleeve = np.zeros_like(inside)
    cv2.line(sleeve, (300, 400), (300, 470), 1.0, 36)
    image = picture(inside).astype(np.float32)
    image[sleeve > 0] = (30, 120, 60)
    found = whole(HandMasker().step(image.astype(np.uint8), limbs(arm=True)))
    assert found[430:460, 290:310].mean() > 0.9
    assert found[430:460, 330:345].mean() < 0.2


def test_labels_stand_beyond_their_limbs_and_nothing_is_nothing() -> None:
    mask = HandMasker().step(picture(truth()), limbs())
    assert set(np.unique(mask.label)) <= {0, *LABELS.tolist()}
    assert (mask.label[mask.alpha > 127] > 0).all()
    assert mask.alpha[0].max() == 0
    none = Limbs(*(a[:0] for a in (ENDS, RADII, RADII, LABELS)), np.zeros(0, bool))
    assert HandMasker().step(picture(truth()), none) is None
    assert HandMasker().step(picture(truth()), limbs((900.0, 0.0))) is None
    broken = limbs()
    broken.ends[0, 0, 0] = np.nan
    assert HandMasker().step(picture(truth()), broken) is None


def test_flow_says_where_the_hand_has_gone() -> None:
    rng = np.random.default_rng(2)
    ground = cv2.GaussianBlur(rng.uniform(0, 255, (*SIZE[::-1], 3)).astype(np.float32), (0, 0), 3)
    ground = np.clip((ground - 127) * 4 + 127, 0, 255).astype(np.uint8)
    points = rng.uniform((240, 180), (360, 400), (21, 2)).astype(np.float32)
    move = cv2.getRotationMatrix2D((300.0, 300.0), 6.0, 1.04)
    move[:, 2] += (21, -9)
    there = points @ move[:, :2].T + move[:, 2]
    carrier = HandCarrier()
    assert carrier.carry(points, 0.0) is None
    carrier.see(VideoFrame(ground, 0.0, 0))
    assert carrier.carry(points, 0.0) is points
    carrier.see(VideoFrame(cv2.warpAffine(ground, move, SIZE), 1 / 15, 2))
    found = carrier.carry(points, 0.0)
    assert np.abs(found - there).max() < 1.5
    assert carrier.carry(points, 0.5) is None, "of a picture that was never seen"
    carrier.see(VideoFrame(rng.integers(0, 255, ground.shape, dtype=np.uint8), 2 / 15, 4))
    assert carrier.carry(points, 0.0) is None, "a picture with nothing of it"
