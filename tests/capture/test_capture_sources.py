"""Every kind of picture source: what it gives, when, and how it says no."""

from __future__ import annotations

import errno
import itertools
import sys
import threading
import time
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from avatar.clock import ManualClock, SystemClock
from avatar.errors import SourceError
from avatar.io.capture import camera, demo
from avatar.io.capture.open import is_camera, open_source


def write_video(path: Path, frames: int = 12, size=(64, 48), fps: int = 25) -> Path:
    """Frame k is a grey of 20 k (modulo 240)."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for k in range(frames):
            image = np.full((size[1], size[0], 3), 20 * k % 240, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        out.mux(stream.encode())
    return path


def all_of(source):
    with source:
        return list(iter(source.grab, None))


def refused(spec) -> SourceError:
    with pytest.raises(SourceError) as caught:
        open_source(spec, clock=ManualClock())
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_video_file_gives_every_frame_in_order_stamped_by_its_rate(tmp_path):
    source = open_source(str(write_video(tmp_path / "a.mkv")), clock=ManualClock(), offline=True)
    assert (source.kind, source.is_device, source.fps, source.size) == ("file", False, 25, (64, 48))
    frames = all_of(source)
    assert [f.index for f in frames] == list(range(12))
    assert np.allclose([f.t for f in frames], np.arange(12) / 25)
    assert np.allclose([f.image.mean() for f in frames], 20 * np.arange(12), atol=4)
    assert all(f.image.flags.c_contiguous and f.image.dtype == np.uint8 for f in frames)


def test_a_file_is_paced_to_its_own_rate(tmp_path):
    clock = ManualClock(5.0)
    frames = all_of(open_source(str(write_video(tmp_path / "a.mkv")), clock=clock))
    assert np.allclose([f.t for f in frames], 5 + np.arange(12) / 25, atol=1e-5)


def test_after_a_delay_the_pace_goes_on_without_a_burst(tmp_path):
    clock = ManualClock()
    with open_source(str(write_video(tmp_path / "a.mkv")), clock=clock) as source:
        source.grab()
        clock.advance(3)
        stamps = [source.grab().t for _ in range(4)]
    assert np.allclose(np.diff(stamps), 1 / 25, atol=1e-5)


def test_stamps_always_increase_even_when_the_clock_stands_still(tmp_path):
    class Frozen(ManualClock):
        def sleep(self, seconds):
            pass

    stamps = [f.t for f in all_of(open_source(str(write_video(tmp_path / "a.mkv")), clock=Frozen()))]
    assert (np.diff(stamps) > 0).all()


def test_asked_size_is_filled_without_stretching(tmp_path):
    image = np.zeros((40, 100, 3), np.uint8)
    cv2.circle(image, (50, 20), 12, (255, 255, 255), -1)
    cv2.imwrite(str(tmp_path / "circle.png"), image)
    source = open_source(tmp_path / "circle.png", (80, 80), clock=ManualClock(), offline=True)
    ys, xs = np.nonzero(source.grab().image[..., 0] > 127)
    assert source.size == (80, 80)
    assert np.ptp(xs) == pytest.approx(np.ptp(ys), abs=2)
    assert xs.mean() == pytest.approx(39.5, abs=1)


def test_a_still_repeats_at_thirty_a_second_in_rgb(tmp_path):
    cv2.imwrite(str(tmp_path / "red.png"), np.full((20, 30, 3), (0, 0, 255), np.uint8))
    clock = ManualClock()
    with open_source(str(tmp_path / "red.png"), clock=clock) as source:
        frames = [source.grab() for _ in range(5)]
    assert source.kind == "still"
    assert np.allclose(np.diff([f.t for f in frames]), 1 / 30, atol=1e-5)
    assert frames[4].image[0, 0].tolist() == [255, 0, 0]


def test_a_folder_is_in_natural_order_and_leaves_out_what_cannot_be_read(tmp_path):
    for k in (1, 2, 10):
        cv2.imwrite(str(tmp_path / f"shot{k}.png"), np.full((20, 30, 3), 10 * k, np.uint8))
    (tmp_path / "shot3.png").write_bytes(b"not a picture")
    (tmp_path / "notes.txt").write_text("no")
    source = open_source(str(tmp_path), clock=ManualClock(), offline=True)
    assert [int(f.image[0, 0, 0]) for f in all_of(source)] == [10, 20, 100]
    assert (source.kind, source.dropped) == ("folder", 1)


def test_corrupt_frames_in_a_video_do_not_end_it(tmp_path):
    path = write_video(tmp_path / "a.mkv", 40)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 60] = bytes(60)
    path.write_bytes(data)
    assert 20 < len(all_of(open_source(str(path), clock=ManualClock(), offline=True))) <= 40


class Served(BaseHTTPRequestHandler):
    """``/clip`` : a whole file; ``/live`` : JPEGs for ever, as network cameras send them."""

    clip = b""

    def do_GET(self):
        if self.path == "/clip":
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.clip)))
            self.end_headers()
            self.wfile.write(self.clip)
        elif self.path == "/live":
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
            self.end_headers()
            jpeg = cv2.imencode(".jpg", np.full((48, 64, 3), 99, np.uint8))[1].tobytes()
            head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
            for _ in range(60):
                self.wfile.write(head + jpeg + b"\r\n")
                time.sleep(0.01)
        else:
            self.send_error(404)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    Served.clip = write_video(tmp_path / "a.mkv").read_bytes()
    web = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{web.server_port}"
    web.shutdown()
    web.server_close()


def test_a_file_behind_an_address(server):
    source = open_source(f"{server}/clip", clock=ManualClock(), offline=True)
    assert source.kind == "stream"
    assert len(all_of(source)) == 12


@pytest.mark.alone
def test_a_live_stream_comes_as_fast_as_it_comes(server):
    clock = SystemClock()
    with open_source(f"{server}/live", clock=clock) as source:
        frames = [source.grab() for _ in range(30)]
    assert frames[29].image.mean() == pytest.approx(99, abs=2)
    rate = 20 / (frames[29].t - frames[9].t)
    assert rate > 40, "25 is what the container claims; 100 is what is sent"


def test_every_refusal_has_its_code_and_names_what_was_asked(tmp_path, server):
    (tmp_path / "text.mp4").write_text("hello")
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "empty").mkdir()
    for spec, code in (
        (str(tmp_path / "none.mp4"), "none"),
        (str(tmp_path / "text.mp4"), "unreadable"),
        (str(tmp_path / "text.png"), "unreadable"),
        (str(tmp_path / "empty"), "none"),
        (f"{server}/nowhere", "none"),
        ("http://127.0.0.1:9/x", "none"),
        ("nonsense://x", "none"),
        ("97", "none"),
        ("No Such Camera", "none"),
    ):
        error = refused(spec)
        assert error.code == code, spec
        assert spec in str(error)


def test_a_video_without_picture_is_refused(tmp_path):
    with av.open(str(tmp_path / "sound.mka"), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        sound.sample_rate = 8000
        out.mux(stream.encode(sound))
    assert "no picture" in str(refused(str(tmp_path / "sound.mka")))


class FakeCapture:
    """Stands where OpenCV's camera does: there is none on the machines that test."""

    def __init__(self, good: int):
        self.good, self.released, self.settings = good, False, {}

    def isOpened(self):
        return True

    def set(self, key, value):
        self.settings[key] = value

    def grab(self):
        self.good -= 1
        return self.good >= 0

    def retrieve(self):
        return True, np.full((48, 64, 3), (255, 0, 0), np.uint8)

    def release(self):
        self.released = True


@pytest.fixture
def two_cameras(monkeypatch):
    found = [
        camera.CameraInfo(0, "Front Cam", "usb-Front_123-index0"),
        camera.CameraInfo(2, "Desk Cam", "usb-Desk_9-index0"),
        camera.CameraInfo(4, "Locked", "usb-Locked-index0", "denied"),
    ]
    monkeypatch.setattr(camera, "list_cameras", lambda: found)
    monkeypatch.setattr(camera.sys, "platform", "linux")


def test_a_camera_by_index_or_name_and_never_another_one_silently(two_cameras):
    assert camera.find_camera("2").name == "Desk Cam"
    assert camera.find_camera("desk").index == 2
    assert camera.find_camera("usb-Front_123-index0").index == 0
    for spec in ("1", "cam", "other"):
        with pytest.raises(SourceError) as caught:
            camera.find_camera(spec)
        assert caught.value.code == "none"
        assert "0 Front Cam" in str(caught.value)


def test_camera_frames_are_rgb_and_the_device_counts_as_open_until_it_is_lost(two_cameras, monkeypatch):
    fake = FakeCapture(good=4)
    monkeypatch.setattr(camera, "_capture", lambda index: fake)
    source = camera.CameraSource("0", ManualClock(), (1280, 720))
    assert source.is_device
    assert fake.settings[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    first = source.grab()
    assert first.image.shape == (720, 1280, 3)
    assert first.image[0, 0].tolist() == [0, 0, 255]
    with pytest.raises(SourceError, match="unplugged"):
        [source.grab() for _ in range(9)]
    assert fake.released
    assert not source.is_device


def test_a_camera_that_comes_back_elsewhere_is_known_by_its_own_name_and_no_other_is_taken(two_cameras, monkeypatch):
    monkeypatch.setattr(camera, "_capture", lambda index: opened.append(index) or FakeCapture(good=9))
    opened: list[int] = []
    source = camera.CameraSource("2", ManualClock())
    frames = [source.grab() for _ in range(3)]
    source.close()
    other = [camera.CameraInfo(2, "Front Cam", "usb-Front_123-index0")]
    monkeypatch.setattr(camera, "list_cameras", lambda: other)
    with pytest.raises(SourceError) as caught:
        source.again()
    assert caught.value.code == "none"
    assert opened == [2], "the camera that has its index now is not touched"
    monkeypatch.setattr(camera, "list_cameras", lambda: [*other, camera.CameraInfo(5, "Desk Cam", "usb-Desk_9-index0")])
    found = source.again()
    assert opened == [2, 5]
    assert found.is_device
    assert found.grab().index == frames[-1].index + 1


def test_a_corrupt_camera_frame_is_left_out_and_counted(two_cameras, monkeypatch):
    class Corrupt(FakeCapture):
        def retrieve(self):
            image = super().retrieve()[1]
            return (self.good % 3 != 0), image

    monkeypatch.setattr(camera, "_capture", lambda index: Corrupt(good=31))
    source = camera.CameraSource("0", ManualClock())
    frames = [source.grab() for _ in range(20)]
    assert [f.index for f in frames] == list(range(20))
    assert source.dropped == pytest.approx(10, abs=1)
    assert source.is_device


def test_busy_and_denied_cameras(two_cameras, monkeypatch):
    fake = FakeCapture(good=0)
    monkeypatch.setattr(camera, "_capture", lambda index: fake)
    assert refused("0").code == "busy"
    assert fake.released
    assert refused("4").code == "denied"


def test_device_nodes_that_only_carry_metadata_are_not_cameras(monkeypatch, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    node = tmp_path / "video0"
    node.touch()
    for caps, expected in ((0x84200001, True), (0x84A00000, False)):
        answer = bytearray(104)
        answer[84:88], answer[88:92] = (0x84A00001).to_bytes(4, "little"), caps.to_bytes(4, "little")
        monkeypatch.setattr(fcntl, "ioctl", lambda *_, a=bytes(answer): a)
        assert camera._captures(node) is expected
    monkeypatch.setattr(camera.os, "open", lambda *_: (_ for _ in ()).throw(OSError(errno.EACCES, "no")))
    assert camera._captures(node) is None


@pytest.mark.parametrize("where", ["in the package", "elsewhere"])
def test_demo_s_portrait_is_scikit_image_s_own(where, monkeypatch):
    from skimage.data import astronaut

    if where == "elsewhere":
        monkeypatch.setattr(demo.importlib.util, "find_spec", lambda name: None)
    assert np.array_equal(demo._portrait(), astronaut())


def test_demo_without_scikit_image_says_what_to_install(monkeypatch):
    for name in ("skimage", "skimage.data"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SourceError, match=r"pip install 'avatar-presence\[demo\]'"):
        open_source("demo", clock=ManualClock(), offline=True)


def test_demo_moves_the_portrait_as_it_says():
    """The frame warped back by its truth is the portrait: so the truth is the truth."""
    from skimage.data import astronaut

    portrait = astronaut()
    source = open_source("demo", clock=ManualClock(), offline=True)
    frames = list(itertools.islice(iter(source.grab, None), 200))
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    for frame in frames[::37]:
        back = np.linalg.inv(half) @ np.linalg.inv(frame.truth) @ half
        seen = cv2.warpAffine(frame.image, back[:2], (512, 512))[60:180, 150:300].astype(int)
        assert np.abs(seen - portrait[60:180, 150:300]).mean() < 4
        shifted = np.abs(seen[:, :-3] - portrait[60:180, 153:300]).mean()
        assert shifted > 8, "three pixels of error would show"
    path = np.array([f.truth @ [224, 112, 1] for f in frames])[:, :2]
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() < 2.5, "no more than 2.5 pixels a frame: smooth"
    assert np.ptp(path, axis=0).min() > 5, "it does move"


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (480, 640)])
def test_demo_leaves_room_beside_the_person(size):
    for t in np.arange(0, 60, 0.5):
        face = demo.truth(t, size) @ [[170, 280], [10, 170], [1, 1]]
        assert face[0, 0] > 0
        assert face[1, 0] > -0.08 * size[1]
        if size[0] > size[1]:
            assert face[0, 1] < 0.56 * size[0]


def test_a_film_of_uneven_pace_keeps_its_own_times_when_asked(tmp_path):
    path, times = tmp_path / "uneven.mkv", [0, 40, 80, 480, 520, 1520]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for k, t in enumerate(times):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * k, np.uint8), "rgb24")
            frame.pts, frame.time_base = 700 + t, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    own = all_of(open_source(str(path), clock=ManualClock(), offline=True, own_time=True))
    assert [round(1000 * f.t) for f in own] == times
    even = all_of(open_source(str(path), clock=ManualClock(), offline=True))
    assert np.ptp(np.diff([f.t for f in even])) < 1e-6


def test_a_name_is_a_cameras_only_where_it_is_nothing_else(tmp_path):
    (tmp_path / "film").write_bytes(b"x")
    for spec in ("demo", "http://127.0.0.1/x", str(tmp_path), str(tmp_path / "film"), "nowhere.mkv", "a/b"):
        assert not is_camera(spec)
    assert is_camera("0")
    assert is_camera("HD Webcam")
