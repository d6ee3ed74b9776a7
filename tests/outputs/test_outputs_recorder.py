"""A recording is what was shown and heard: count, length, colour, and sound on the frame it belongs to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import av
import numpy as np
import pytest

from avatar.errors import OutputError
from avatar.io.outputs.recorder import MARK, SAMPLE_RATE, Recorder
from avatar.runtime.recording import RecordingWorker

W, H, FPS = 320, 240, 30


def _picture(level: int) -> np.ndarray:
    image = np.full((H, W, 3), level, np.uint8)
    image[:, : W // 2, 0] = min(255, level + 60)
    return image


def _decode(path: Path, torn: bool = False) -> tuple[list[tuple[float, np.ndarray]], np.ndarray]:
    """(pictures with their times, mono sound laid out from time zero)."""
    pictures, blocks = [], []
    with av.open(str(path)) as container:
        for packet in container.demux():
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                assert torn, "a packet cannot be decoded"
                break  # the write that met the full disk
            for frame in frames:
                if isinstance(frame, av.VideoFrame):
                    pictures.append((float(frame.pts * frame.time_base), frame.to_ndarray(format="rgb24")))
                else:
                    blocks.append((float(frame.pts * frame.time_base), frame.to_ndarray()[0]))
    sound = np.zeros(round((max(t + len(b) / SAMPLE_RATE for t, b in blocks)) * SAMPLE_RATE) + 2048, np.float32)
    for t, block in blocks:
        first = round(t * SAMPLE_RATE)
        block = block[max(0, -first) :]
        sound[max(0, first) : max(0, first) + len(block)] += block
    return pictures, sound


def _burst(seconds: float, rate: int = SAMPLE_RATE) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize(("suffix", "rate"), [(".mp4", 48000), (".mkv", 48000), (".mp4", 22050)])
def test_flash_and_burst_meet(tmp_path: Path, suffix: str, rate: int) -> None:
    path = tmp_path / f"film{suffix}"
    recorder = Recorder(path, (W, H), FPS, rate)
    for k in range(90):
        t = 12.5 + k / FPS
        recorder.write_frame(_picture(180 if k in (30, 61) else 60), t)
        if k in (30, 61):
            recorder.write_sound(_burst(0.1, rate), t)
    recorder.close()
    pictures, sound = _decode(path)
    assert len(pictures) == 90
    assert recorder.seconds == pytest.approx(3.0)
    times = np.array([t for t, _ in pictures])
    assert np.allclose(np.diff(times), 1 / FPS, atol=0.002)
    levels = np.array([image.mean() for _, image in pictures])
    assert levels.min() > 40, "a black picture"
    flashes = times[levels > 120]
    loud = np.flatnonzero(np.abs(sound) > 0.15) / SAMPLE_RATE
    bursts = [loud[0], loud[np.flatnonzero(np.diff(loud) > 0.5)[0] + 1]]
    assert len(flashes) == 2
    assert np.abs(flashes - bursts).max() < 0.040
    assert len(sound) / SAMPLE_RATE == pytest.approx(3.0, abs=0.1)


def test_colours_survive(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    recorder = Recorder(path, (W, H), FPS)
    image = np.zeros((H, W, 3), np.uint8)
    image[:, :160], image[:, 160:] = (200, 60, 40), (40, 90, 200)
    for k in range(10):
        recorder.write_frame(image, k / FPS)
    recorder.close()
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        assert frame.colorspace == 1  # BT.709, as HD players assume
        shown = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
    assert np.abs(shown[120, 40].astype(int) - (200, 60, 40)).max() < 12
    assert np.abs(shown[120, 280].astype(int) - (40, 90, 200)).max() < 12


def test_gaps_are_filled_and_early_pictures_dropped(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    recorder = Recorder(path, (W, H), FPS)
    rng = np.random.default_rng(3)
    stamps = np.sort(rng.uniform(0, 4, 90))  # 22 a second on average, very uneven
    for t in stamps:
        recorder.write_frame(_picture(90), float(t))
    recorder.close(float(stamps[0]) + 4.0)
    pictures, sound = _decode(path)
    assert len(pictures) == recorder.frames == 120
    assert pictures[-1][0] + 1 / FPS == pytest.approx(4.0, rel=0.02)
    assert len(sound) / SAMPLE_RATE == pytest.approx(4.0, abs=0.1)
    assert recorder.dropped == 90 - len({round((t - stamps[0]) * FPS) for t in stamps})


def test_a_long_sleep_is_not_encoded_picture_by_picture(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    recorder = Recorder(path, (W, H), FPS)
    for t in (0.0, 1 / FPS, 3600.0, 3600.0 + 1 / FPS):
        recorder.write_frame(_picture(90), t)
    recorder.close()
    assert recorder.frames == 4
    with av.open(str(path)) as container:
        last = [float(f.pts * f.time_base) for f in container.decode(video=0)][-1]
    assert last == pytest.approx(3600.0 + 1 / FPS, abs=0.1)


def test_sound_blocks_join_mix_and_wait(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    recorder = Recorder(path, (W, H), FPS, channels=2)
    tone = _burst(1.0)
    recorder.write_frame(_picture(90), 0.0)
    recorder.write_sound(tone, 1.0)  # ahead of its time, whole
    for k in range(1, 90):
        recorder.write_frame(_picture(90), k / FPS)
    jitter = np.random.default_rng(5).uniform(-0.008, 0.008, 10)
    for k in range(10):  # stamps that jitter must not tear a tone into pieces
        recorder.write_sound(tone[k * 480 : (k + 1) * 480], 2.6 + k * 0.01 + (jitter[k] if k else 0.0))
    recorder.close(3.0)
    _, sound = _decode(path)
    assert np.abs(sound[: int(0.95 * SAMPLE_RATE)]).max() < 0.02
    middle = sound[int(1.1 * SAMPLE_RATE) : int(1.9 * SAMPLE_RATE)]
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    joined = sound[int(2.62 * SAMPLE_RATE) : int(2.68 * SAMPLE_RATE)]
    assert np.sqrt((joined**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_metadata_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    recorder = Recorder(path, (W, H), FPS, title="First light")
    recorder.write_frame(_picture(90), 0.0)
    recorder.close()
    recorder.close()
    with av.open(str(path)) as container:
        assert container.metadata["title"] == "First light"
        assert container.metadata["comment"] == MARK


def test_odd_sizes_and_reused_buffers(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    recorder = Recorder(path, (321, 241), FPS)
    buffer = np.empty((241, 321, 3), np.uint8)
    for k in range(30):
        buffer[...] = 40 + 6 * k
        recorder.write_frame(buffer, k / FPS)
        buffer[...] = 0
    recorder.close()
    pictures, _ = _decode(path)
    assert pictures[0][1].shape == (240, 320, 3)
    assert np.allclose([image.mean() for _, image in pictures], 40 + 6 * np.arange(30), atol=4)


@pytest.mark.parametrize("name", ["missing/film.mp4", "film.avi", "file.txt/film.mp4", "folder.mp4", "film"])
def test_unwritable_is_said_before_anything_starts(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match=r"film|folder") as refusal:
        Recorder(tmp_path / name, (W, H), FPS)
    assert "\n" not in str(refusal.value)


def test_worker_keeps_every_picture_when_asked_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    worker = RecordingWorker(Recorder(path, (W, H), FPS), (W, H), wait=True)
    buffer = np.empty((H, W, 3), np.uint8)
    for k in range(120):
        buffer[...] = 40 + k
        worker.write_frame(buffer, k / FPS)
        worker.write_sound(np.zeros(1600, np.float32), k / FPS)
    worker.close()
    pictures, _ = _decode(path)
    assert worker.dropped == 0
    assert np.allclose([image.mean() for _, image in pictures], 40 + np.arange(120), atol=4)


def _child(body: str, *arguments: str) -> subprocess.Popen[str]:
    code = textwrap.dedent(
        """
        import sys, time, numpy as np
        from pathlib import Path
        from avatar.io.outputs.recorder import Recorder
        recorder = Recorder(Path(sys.argv[1]), (320, 240), 30)
        rng = np.random.default_rng(1)
        def show(k):
            recorder.write_frame(rng.integers(60, 200, (240, 320, 3), dtype=np.uint8), k / 30)
            recorder.write_sound(rng.uniform(-0.3, 0.3, 1600).astype(np.float32), k / 30)
        """
    ) + textwrap.dedent(body)
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


def test_killed_while_recording_plays_to_the_last_fragment(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    child = _child("for k in range(100): show(k)\nprint('here', flush=True)\ntime.sleep(60)", str(path))
    assert child.stdout is not None
    assert child.stdout.readline() == "here\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    pictures, sound = _decode(path)
    assert len(pictures) >= 60  # 3.3 s recorded; the fragment of the last second may be lost
    assert len(sound) / SAMPLE_RATE > 2.0
    assert min(image.mean() for _, image in pictures) > 60


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_full_disk_closes_the_recording_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    child = _child(
        """
        import resource, signal
        from avatar.errors import OutputError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
        try:
            for k in range(600): show(k)
            print("never full")
        except OutputError as error:
            recorder.write_frame(np.zeros((240, 320, 3), np.uint8), 30.0)
            recorder.close()
            print(error)
        """,
        str(path),
    )
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert out.startswith(f"{path}: recording stopped after")
    assert len(out.strip().splitlines()) == 1
    pictures, _ = _decode(path, torn=True)
    assert len(pictures) >= 30


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_disk_full_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="disk is full"):
        Recorder(tmp_path / "film.mp4", (W, H), FPS)
