"""Marks followed through films of a plane whose motion is known."""

from __future__ import annotations

import cv2
import numpy as np
from tag_pictures import board_picture, lay, photograph, pixels_of, sheet, table

from avatar.io.detect.board import Board
from avatar.io.detect.carry import Carrier
from avatar.io.detect.marks import CARRIED_S, MarkTracker
from avatar.linalg import planar
from avatar.types import VideoFrame

FPS = 30
CORNERS = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]]) * 0.08


def swing(t: float) -> np.ndarray:
    """A camera held in the hand: turns a few degrees and moves some centimetres, in seconds."""
    a, b, c = 0.05 * np.sin(2.1 * t), 0.04 * np.sin(1.3 * t), 0.06 * np.sin(1.7 * t + 1) - 0.05
    turn = cv2.Rodrigues(np.array([a, b, c]))[0]
    moved = np.eye(4)
    moved[:3, :3] = turn
    moved[:3, 3] = (0.05 * np.sin(1.9 * t), 0.03 * np.sin(2.3 * t), 0.06 * np.sin(0.9 * t))
    return moved @ table(45, 20)


def film(seconds: float, covered: float, seed: int = 0) -> list[tuple[VideoFrame, np.ndarray]]:
    """Frames, and the true corners of tag 3; from ``covered`` seconds on a grey thing lies on the tag."""
    ground = sheet(0.7, 800)
    lay(ground, "april", 3, 0.08, (0, 0), 800)
    rng = np.random.default_rng(seed)
    frames = []
    for k in range(round(seconds * FPS)):
        t = k / FPS
        matrix = swing(t)
        image = photograph(ground, 800, matrix, noise=3, rng=rng)
        true = pixels_of(matrix, CORNERS)
        if t >= covered:
            x, y = np.round(true.mean(0) + np.array([8 * np.sin(3 * t), 5 * np.cos(3 * t)])).astype(int)
            cv2.ellipse(image, (int(x), int(y)), (44, 34), 20, 0, 360, (150, 120, 105), -1)
        frames.append((VideoFrame(image, t, k), true))
    return frames


def test_a_known_homography_is_measured() -> None:
    rng = np.random.default_rng(3)
    picture = sheet(1.0, 480)[:480, :480].astype(np.uint8)
    outline = np.array([[200, 200], [280, 200], [280, 280], [200, 280]], float)
    shift = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    errors = []
    for _ in range(8):
        moved = outline + rng.uniform(-2, 2, (4, 2)) + rng.uniform(-12, 12, 2)
        h = planar.homography(outline, moved)
        warped = cv2.warpPerspective(picture, shift @ h @ np.linalg.inv(shift), (480, 480), borderMode=2)
        carrier = Carrier()
        carrier.start(picture, outline)
        found = carrier.step(np.clip(warped + rng.normal(0, 2, warped.shape), 0, 255).astype(np.uint8))
        assert found is not None
        errors.append(np.abs(planar.through(found, outline) - moved).max())
    assert max(errors) < 0.35, errors


def test_a_plane_without_anything_to_follow_is_lost_and_said_to_be() -> None:
    carrier = Carrier()
    flat = np.full((240, 320), 128, np.uint8)
    assert carrier.step(flat) is None, "nothing was started"
    carrier.start(flat, np.array([[100, 100], [160, 100], [160, 160], [100, 160]], float))
    assert carrier.step(flat) is None
    noise = np.random.default_rng(0)
    carrier.start(noise.integers(0, 255, (240, 320), np.uint8), np.array([[100, 100], [160, 100], [160, 160]], float))
    assert carrier.step(noise.integers(0, 255, (240, 320), np.uint8)) is None, "another picture altogether"


def test_tags_are_seen_in_every_frame_and_carried_where_something_covers_them() -> None:
    tracker = MarkTracker()
    seen, carried = [], []
    for frame, true in film(3.5, covered=1.0):
        marks, t = tracker.step(frame)
        if frame.t < 1.0:
            assert t == frame.t
            (mark,) = marks
            seen.append(np.linalg.norm(mark.pixels - true, axis=1).max())
        else:
            assert t < 1.0
            assert [m.id for m in marks] == [3]
            carried.append(np.linalg.norm(marks[0].pixels - true, axis=1).max())
    assert max(seen) < 0.3
    assert max(carried[:30]) < 0.5, "a second unseen"
    assert max(carried) < 1.0, "two and a half"


def test_what_is_carried_ends_at_the_limit_and_is_found_again() -> None:
    tracker = MarkTracker()
    ground = sheet(0.7, 800)
    empty = photograph(ground, 800, table(45, 20))
    lay(ground, "april", 3, 0.08, (0, 0), 800)
    full = photograph(ground, 800, table(45, 20))
    assert tracker.step(VideoFrame(empty, 0.0, 0)) == ((), -1.0)
    assert tracker.step(VideoFrame(full, 0.2, 1))[1] == 0.2
    last = 0.0
    for k in range(2, 140):
        t = k * 0.033
        marks, _ = tracker.step(VideoFrame(empty, t, k))
        if marks:
            last = t
    assert last <= 0.2 + CARRIED_S
    back, t = tracker.step(VideoFrame(full, 9.0, 200))
    assert (len(back), t) == (1, 9.0)
    assert tracker.step(VideoFrame(full, 0.1, 201))[1] == 0.1, "another film, whose time begins anew"


def test_of_two_tags_with_one_number_the_larger_counts() -> None:
    ground = sheet(0.7, 800)
    lay(ground, "april", 3, 0.04, (0.1, 0), 800)
    lay(ground, "april", 3, 0.08, (-0.05, 0), 800)
    matrix = table(60)
    marks, _ = MarkTracker().step(VideoFrame(photograph(ground, 800, matrix), 0.0, 0))
    (mark,) = marks
    assert np.linalg.norm(mark.pixels.mean(0) - pixels_of(matrix, np.array([[-0.05, 0]]))) < 2


def test_a_board_counts_as_one_mark() -> None:
    picture = board_picture(Board(), 3000)
    tracker = MarkTracker()
    for k in range(3):
        matrix = table(70, 10 + k, (0, 0, -0.5))
        marks, t = tracker.step(VideoFrame(photograph(picture, 3000, matrix), k / FPS, k))
        assert [(m.family, len(m.pixels) > 30) for m in marks] == [("charuco", True)]
        assert t == k / FPS
        assert np.linalg.norm(marks[0].pixels - pixels_of(matrix, marks[0].plane), axis=1).max() < 0.4
