"""The companion holds its place: on a tag in a film by a moving camera, in half a picture, and where events send it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tag_pictures import lay, photograph, pixels_of, sheet, table

from avatar import Stage
from avatar.config import Settings
from avatar.errors import UsageError
from avatar.events.codec import decode
from avatar.events.commands import command
from avatar.runtime.assemble import stage
from avatar.runtime.loops import mark_tracker
from avatar.runtime.report import Report
from avatar.runtime.tracker import Tracker
from avatar.stage.anchors_tags import ON_TABLE
from avatar.types import Move

pytestmark = pytest.mark.gl
FOV = math.radians(50)
SIZE = (320, 240)


def pan(k: int) -> np.ndarray:
    """A camera that turns and nears over a table."""
    a = 0.10 * math.sin(k / 9)
    turn = np.eye(4)
    turn[:3, :3] = cv2.Rodrigues(np.array([0.05 * math.sin(k / 7), a, 0.04 * math.sin(k / 11)]))[0]
    turn[:3, 3] = (0.03 * math.sin(k / 8), 0.02 * math.sin(k / 6), 0.08 * math.sin(k / 20))
    return turn @ table(35, 25, (0.0, -0.13, -0.62))


class Nobody:
    """Detectors that see nobody, at once."""

    def face(self, frame: Any, region: Any = None) -> None:
        return None

    def hands(self, frame: Any) -> tuple[()]:
        return ()

    body = matte = face


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty frames; from the fortieth on the tag is covered."""
    folder = tmp_path_factory.mktemp("table")
    ground = sheet(0.7, 800)
    lay(ground, "april", 0, 0.08, (0, 0), 800)
    rng = np.random.default_rng(0)
    for k in range(60):
        image = photograph(ground, 800, pan(k), size=SIZE, fov_y=FOV, rng=rng)
        if k >= 40:
            x, y = pixels_of(pan(k), np.zeros((1, 2)), SIZE, FOV)[0]
            cv2.circle(image, (round(x), round(y)), 30, (140, 110, 100), -1)
        cv2.imwrite(str(folder / f"{k:02d}.png"), image[..., ::-1])
    return folder


def test_on_a_tag_its_feet_stay_on_the_spot_while_the_camera_moves_and_while_it_is_covered(film: Path) -> None:
    settings = Settings(source=str(film), headless=True, offline=True, size=SIZE, port=None, fov_y=FOV, anchor="tag")
    off, covered = [], []
    with stage(settings, Report(), lambda text: None) as whole:
        tracker = Tracker(Nobody(), {}, mark_tracker(settings))  # type: ignore[arg-type]
        tracker.seek_marks = whole.engine.seeks_marks
        for k in range(60):
            frame = whole.source.grab()
            whole.engine.tick(frame.t, frame, tracker.step(frame))
            place = whole.engine.place
            feet = whole.engine._camera.project(place.matrix[:3, 3])
            true = pixels_of(pan(k), np.zeros((1, 2)), SIZE, FOV)[0]
            (off if k < 40 else covered).append(float(np.linalg.norm(feet - true)))
            up = place.matrix[:3, 1] / np.linalg.norm(place.matrix[:3, 1])
            assert np.degrees(np.arccos(np.clip(up @ pan(k)[:3, 2], -1, 1))) < (4 if k < 40 else 8)
            if k > 15:
                assert place.opacity == 1
                height = np.linalg.norm(place.matrix[:3, 1]) * whole.parts.standing.build.height
                assert height == pytest.approx(ON_TABLE, rel=1e-4)
        assert not place.behind_person
    assert max(off) < 1.0
    assert max(covered) < 2.0


@pytest.mark.slow
def test_events_move_it_and_wrong_ones_are_refused() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    show = Stage(source="demo", headless=True, offline=True, seconds=2.5, fps=10, size=SIZE, anchor="left-half")
    news: list[dict[str, Any]] = []
    show.on("presence.ack", news.append)
    show.on("presence.error", news.append)
    show.send("move", anchor="right-half", at=0.5)
    show.send("move", anchor="moon")
    show.send("move", anchor="spot 7,7")
    show.send("move", anchor="spot 0.5,0.9", at=1.6, scale=0.5, seconds=0.3)
    show.run()
    assert [e["type"] for e in news] == ["presence.ack", "presence.error", "presence.error", "presence.ack"]
    assert news[1]["data"]["code"] == "unknown_name"
    assert all(name in news[1]["data"]["message"] for name in ("beside", "shoulder", "palm", "tag"))
    assert (news[2]["data"]["code"], news[2]["data"]["pointer"]) == ("bad_value", "/data/anchor")


def test_two_are_drawn_while_one_place_is_left_for_another() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    settings = Settings(source="demo", headless=True, offline=True, size=SIZE, port=None)
    with stage(settings, Report(), lambda text: None) as whole:
        frame = whole.source.grab()
        counts = []
        for k in range(60):
            if k == 20:
                whole.parts.standing.move(Move("left-half"))
            whole.engine.tick(k / 30, frame, None)
            counts.append(len(whole.engine.scene.figures))
            levels = [f.opacity for f in whole.engine.scene.figures]
            assert 0.3 < sum(levels) < 1.4
        assert counts[10] == counts[-1] == 1
        assert counts[25] == 2


def test_what_is_missing_is_said_on_the_picture() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    settings = Settings(source="demo", headless=True, offline=True, size=SIZE, port=None, anchor="palm")
    with stage(settings, Report(), lambda text: None) as whole:
        frame = whole.source.grab()
        for k in range(50):
            whole.engine.tick(k / 30, frame, None)
        assert whole.engine.scene.overlay.label == "no open palm in view"
        assert whole.engine.scene.figures[0].opacity == 0
        assert not whole.engine.seeks_marks
        whole.parts.standing.move(Move("tag"))
        assert whole.engine.seeks_marks


def test_the_event_is_a_command() -> None:
    event = decode(
        b'{"specversion": "1.0", "id": "1", "source": "t", "type": "presence.move",'
        b' "data": {"anchor": "tag", "offset": [0.1, 0.0, 0.2], "turn": 0.5, "scale": 2.0, "seconds": 1.5}}'
    )
    assert command(event) == Move("tag", (0.1, 0.0, 0.2), 0.5, 2.0, 1.5)


def test_settings_refuse_anchors_that_there_are_not() -> None:
    for wrong in ({"anchor": "roof"}, {"anchor": "spot 1"}, {"tag_size": 0.0}, {"tag_size": 9.0}):
        with pytest.raises(UsageError):
            Settings(**wrong)
