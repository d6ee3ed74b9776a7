"""A few pictures from all over a film, and its length, without reading all of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from avatar.errors import SourceError
from avatar.io.capture import samples

FPS, COUNT = 20, 200


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds that grow lighter from black to white, with a key frame every two seconds."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"g": "40", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        for k in range(COUNT):
            level = round(255 * k / (COUNT - 1))
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), level, np.uint8), format="rgb24")
            frame.pts = k
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_pictures_come_from_all_over_in_order_and_near_their_time(film: Path) -> None:
    assert samples.length(film) == pytest.approx(COUNT / FPS, abs=0.1)
    seen = list(samples.pictures(film, None, 8))
    assert len(seen) == 8
    for k, frame in enumerate(seen):
        wanted = (k + 0.5) / 8 * COUNT / FPS
        assert frame.t == pytest.approx(wanted, abs=0.1)
        assert float(frame.image.mean()) == pytest.approx(255 * wanted / (COUNT / FPS), abs=8)


def test_they_are_cut_as_a_source_of_that_size_cuts_them(film: Path) -> None:
    assert {frame.image.shape for frame in samples.pictures(film, (48, 48), 3)} == {(48, 48, 3)}


def test_more_pictures_are_asked_for_than_there_are_frames(film: Path) -> None:
    times = [frame.t for frame in samples.pictures(film, None, 500)]
    assert times == sorted(set(times))
    assert len(times) <= COUNT


def test_what_is_no_film_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"no film")
    with pytest.raises(SourceError, match="not a video that can be read"):
        samples.length(path)
