"""Both ways at once, in one deterministic run: demo feed in, events in, picture, sound and news out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from avatar import Stage
from avatar.config import Settings
from avatar.render.renderer import Renderer
from avatar.runtime.assemble import stage
from avatar.runtime.report import Report
from avatar.types import Observation

pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
pytestmark = pytest.mark.gl


def play(tmp_path: Path, name: str) -> tuple[list[np.ndarray], list[dict[str, Any]], dict[str, Any], Path]:
    film = tmp_path / f"{name}.mp4"
    show = Stage(source="demo", headless=True, offline=True, seconds=3.0, fps=15, record=film, size=(320, 240))
    news: list[dict[str, Any]] = []
    show.on("*", news.append)
    show.send("say", text="Peter, hello.", utterance="u1", expression="happy")
    show.send("gesture", name="wave")
    facts = show.run()
    with av.open(str(film)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return pictures, news, facts, film


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return play(tmp_path_factory.mktemp("engine"), "first")


@pytest.mark.slow
def test_the_film_has_every_frame_and_no_black_one(played: Any) -> None:
    pictures, _, facts, _ = played
    assert len(pictures) == 45 == facts["frames"]
    assert min(float(p.mean()) for p in pictures) > 40
    assert facts["tracked_fraction"] > 0.95


@pytest.mark.slow
def test_the_companion_stands_beside_the_portrait_and_moves(played: Any) -> None:
    pictures, _, _, _ = played
    right = np.stack([p[60:200, 200:] for p in pictures[15:30]]).astype(np.float32)
    assert right.std(axis=0).mean() > 2.0


@pytest.mark.slow
def test_news_tells_the_whole_story_in_order(played: Any) -> None:
    _, news, facts, _ = played
    kinds = [e["type"] for e in news if e["type"] != "presence.stage"]
    assert kinds[:2] == ["presence.ack", "presence.ack"]
    assert kinds.count("presence.speech.started") == kinds.count("presence.speech.finished") == 1
    assert kinds.index("presence.speech.started") < kinds.index("presence.speech.finished")
    (notice,) = [e for e in news if e["type"] == "presence.notice"]
    assert notice["data"]["kind"] == "disclosure"
    assert "not a person" in notice["data"]["text"]
    assert facts["spoken"] == ["Peter, hello."]


@pytest.mark.slow
def test_sound_is_in_the_film_when_the_news_says_it_was_spoken(played: Any) -> None:
    _, news, _, film = played
    started = next(e["data"] for e in news if e["type"] == "presence.speech.started")
    with av.open(str(film)) as container:
        stream = container.streams.audio[0]
        sound = np.concatenate([f.to_ndarray().mean(axis=0) for f in container.decode(stream)])
        rate = stream.rate
    level = np.abs(sound)
    span = slice(int(started["at"] * rate), int((started["at"] + started["seconds"]) * rate))
    assert level[span].max() > 0.1
    after = level[span.stop + rate // 5 :]
    assert after.max() < 0.01


@pytest.mark.slow
def test_the_same_input_makes_the_same_film(played: Any, tmp_path: Path) -> None:
    pictures, _, _, _ = played
    again, _, _, _ = play(tmp_path, "second")
    worst = max(float(np.abs(a.astype(int) - b.astype(int)).mean()) for a, b in zip(pictures, again, strict=True))
    assert worst < 1.0


def test_a_picture_that_nobody_sees_is_drawn_when_it_is_asked_for_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, draw = 0, Renderer.draw

    def counted(self: Renderer, scene: Any) -> None:
        nonlocal drawn
        drawn += 1
        draw(self, scene)

    stills, counts = [], []
    for record in (None, tmp_path / "all.mp4"):
        still = tmp_path / f"{record is None}.png"
        settings = Settings(source="demo", headless=True, offline=True, seconds=1, fps=15, size=(320, 240), port=None)
        show = Stage(settings, record=record, still=still)
        show.send("gesture", name="wave")
        with monkeypatch.context() as patch:
            drawn = 0
            show.on("presence.ack", lambda _: patch.setattr(Renderer, "draw", counted))  # after the rehearsal
            assert show.run()["frames"] == 15
        stills.append(cv2.imread(str(still)).astype(int))
        counts.append(drawn)
    assert counts[0] == 1
    assert counts[1] >= 14
    # Its shadow may be a picture older where every picture is drawn.
    assert np.abs(stills[0] - stills[1]).mean() < 0.1
    assert np.abs(stills[0] - stills[1]).max() < 24


def test_garbage_from_the_tracker_does_not_reach_the_picture() -> None:
    settings = Settings(source="demo", headless=True, offline=True, size=(320, 240), port=None)
    with stage(settings, Report(), lambda text: None) as whole:
        frame = whole.source.grab() if whole.source is not None else None
        nothing = Observation(0.0, (320, 240))
        for now in (0.0, 0.0, 1e-6, 0.1, 5.0, 4.0, 9.0):
            whole.engine.tick(now, frame, nothing)
        whole.engine.tick(9.1, None, None)
        figure = whole.engine.scene.figures[0]
        assert np.isfinite(figure.world).all()
        assert np.isfinite(figure.placement).all()
        assert whole.engine.look().mean() > 0


def test_the_first_picture_shows_a_companion_at_rest() -> None:
    settings = Settings(source="demo", headless=True, offline=True, size=(320, 240), port=None)
    with stage(settings, Report(), lambda text: None) as whole:
        frame = whole.source.grab() if whole.source is not None else None
        heads = []
        for k in range(6):
            whole.engine.tick(k / 30, frame, None)
            pose, human = whole.engine.pose, whole.parts.model.humanoid
            heads.append(pose.world[human["head"]][:3, :3].copy())
            assert pose.expressions.get("blink", 0.0) < 0.3
        turn = np.degrees(np.arccos(np.clip((np.trace(heads[0].T @ heads[-1]) - 1) / 2, -1, 1)))
        assert turn < 2.0
