"""A puppeteer over VMC moves the companion, and the companion's own motion goes out: real sockets, python-osc as the
other end, on a clock that moves when told."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket
from pythonosc.udp_client import UDPClient
from speaking_stage import Show

from avatar import paths
from avatar.animate import vmc as retarget
from avatar.animate.rig import ROWS
from avatar.care import consent
from avatar.clock import ManualClock
from avatar.config import Settings
from avatar.errors import PortError, UsageError
from avatar.io.transports.vmc import Receiver
from avatar.linalg import quat
from avatar.model.load import load
from avatar.model.model import AvatarModel
from avatar.runtime import osc_doors
from avatar.runtime.animating import animator_for
from avatar.runtime.osc_doors import VmcIn, VmcOut, open_puppetry
from avatar.spelling import parse_endpoint
from avatar.types import Express, FloatArray, Gesture

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "avatars"
COMPANIONS = {
    "hikari": paths.companion("hikari"),
    "vrm 0": DATA / "Godette_vrm_v4.vrm",
    "vrm 1": DATA / "addon_mtoon1_2_20_61_vrm1.vrm",
}
S = float(np.sqrt(0.5))
STILL = (0.0, 0.0, 0.0, 1.0)
Turn = tuple[float, float, float, float]


def companion(name: str) -> AvatarModel:
    path = COMPANIONS[name]
    if not Path(path).is_file():
        pytest.skip(f"{path} is not there (shared data)")
    return load(path)


class Puppeteer:
    """A sender made of python-osc alone, in Unity's axes."""

    def __init__(self, port: int) -> None:
        self.client = UDPClient("127.0.0.1", port)
        self.close = self.client._sock.close
        self.t = 0.0

    def send(self, bones: dict[str, Turn], blends: dict[str, float] | None = None, root: Turn = STILL) -> None:
        bundle = OscBundleBuilder(IMMEDIATELY)
        self.t += 1 / 60
        rows: list[tuple[object, ...]] = [("/VMC/Ext/OK", 1), ("/VMC/Ext/T", self.t)]
        rows.append(("/VMC/Ext/Root/Pos", "root", 0.0, 0.0, 0.0, *root))
        rows += [("/VMC/Ext/Bone/Pos", name, 0.0, 0.0, 0.0, *turn) for name, turn in bones.items()]
        rows += [("/VMC/Ext/Blend/Val", name, value) for name, value in (blends or {}).items()]
        rows.append(("/VMC/Ext/Blend/Apply",))
        for address, *args in rows:
            message = OscMessageBuilder(str(address))
            for each in args:
                message.add_arg(each)  # type: ignore[arg-type]
            bundle.add_content(message.build())
        self.client.send(bundle.build())


class Led(Show):
    """An engine with a puppeteer."""

    def __init__(self) -> None:
        super().__init__()
        self.door = VmcIn("127.0.0.1", 0, self.clock, self.animator)
        self.door.listener.start()
        self.engine.parts.vmc_in = self.door
        self.puppeteer = Puppeteer(self.door.listener.port)

    def show(
        self, seconds: float, bones: dict[str, Turn], blends: dict[str, float] | None = None, **more: Turn
    ) -> None:
        """Send at every picture; each has arrived before the picture is made."""
        for _ in range(round(seconds * self.fps)):
            had = self.door.receiver.frames
            self.puppeteer.send(bones, blends, **more)
            for _ in range(2000):
                if self.door.receiver.frames > had:
                    break
                time.sleep(0.001)
            self.step()

    def place(self, bone: str) -> FloatArray:
        at: FloatArray = self.engine.pose.world[self.animator.model.humanoid[bone], :3, 3]
        return at


@pytest.fixture
def led() -> Iterator[Led]:
    show = Led()
    with contextlib.closing(show.door.listener), contextlib.closing(show.puppeteer):
        yield show


def turn(axis: int, degrees: float) -> Turn:
    half = np.radians(degrees) / 2
    v = [0.0, 0.0, 0.0, float(np.cos(half))]
    v[axis] = float(np.sin(half))
    return (v[0], v[1], v[2], v[3])


def test_a_raised_left_arm_is_a_raised_left_arm(led: Led) -> None:
    """In Unity a T-posed left arm points to -X, and a turn by -90 degrees about +Z lifts it: left-handed, +Z away from
    whoever sees +X to the right and +Y up, so that a positive turn about it is clockwise for them."""
    led.show(1.0, {"LeftUpperArm": turn(2, -80), "LeftLowerArm": STILL, "RightUpperArm": turn(2, -70)})
    assert led.place("leftHand")[1] > led.place("leftUpperArm")[1] + 0.3
    assert led.place("leftHand")[1] > led.place("head")[1]
    assert led.place("rightHand")[1] < led.place("rightUpperArm")[1] - 0.3
    assert led.place("leftHand")[0] > 0.05 > -0.05 > led.place("rightHand")[0]


def test_nods_and_turns_go_the_way_they_were_sent(led: Led) -> None:
    ahead = np.array([0, 0, 1.0])
    node = led.animator.model.humanoid["head"]
    rest = np.linalg.inv(led.animator.model.rest_world()[node][:3, :3])
    still: dict[str, Turn] = dict.fromkeys(("Hips", "Spine", "Chest", "UpperChest", "Neck"), STILL)
    # a positive turn about Unity's +X bows the head, one about its +Y turns it to the companion's right (+X there)
    led.show(1.0, {**still, "Head": turn(0, 30)})
    assert (led.engine.pose.world[node, :3, :3] @ rest @ ahead)[1] == pytest.approx(-0.5, abs=0.02)
    led.show(1.0, {**still, "Head": turn(1, 30)})
    assert (led.engine.pose.world[node, :3, :3] @ rest @ ahead)[0] == pytest.approx(-0.5, abs=0.02)


def test_a_turned_root_turns_the_whole(led: Led) -> None:
    led.show(1.0, {"Hips": STILL}, root=turn(1, 90))
    left, right = led.place("leftUpperLeg"), led.place("rightUpperLeg")
    across = (left - right) / np.linalg.norm(left - right)
    assert across[2] == pytest.approx(1.0, abs=0.02)  # turned to its right, its left side is ahead


def test_names_of_vrm_0_of_vrm_1_and_in_other_letters_move_the_face(led: Led) -> None:
    shown = led.engine.pose.expressions
    led.show(0.7, {}, {"Sorrow": 0.8})
    assert shown["sad"] == pytest.approx(0.8, abs=0.05)
    led.show(0.7, {}, {"A": 0.6, "Sorrow": 0.0})
    assert shown["aa"] == pytest.approx(0.6, abs=0.05)
    assert shown["sad"] < 0.1
    led.show(0.7, {}, {"RELAXED": 0.7})
    assert shown["relaxed"] == pytest.approx(0.7, abs=0.05)
    own = retarget.from_vmc({}, {"JawOpen": 0.4, "jawopen": 0.2, "Other": 0.1}, own=("jawOpen", "happy")).face
    assert own == pytest.approx({"jawOpen": 0.4, "Other": 0.1})


def test_it_goes_back_to_its_own_life_a_second_after_the_last_message(led: Led) -> None:
    own = led.place("leftHand").copy()
    led.show(0.6, {"LeftUpperArm": turn(2, -80)}, {"Joy": 1.0})
    up = led.place("leftHand").copy()
    led.run(0.95)
    assert np.linalg.norm(led.place("leftHand") - up) < 0.03
    heights = []
    for _ in range(110):
        led.step()
        heights.append(float(led.place("leftHand")[1]))
    assert np.linalg.norm(led.place("leftHand") - own) < 0.1
    assert led.engine.pose.expressions["happy"] < 0.05
    assert max(abs(np.diff(heights))) < 0.06  # eased, not dropped


def test_a_sender_that_stutters_does_not_shake_the_arm(led: Led, rng: np.random.Generator) -> None:
    """30 frames a second give or take a third of one, in pictures of 60: the arm goes up without going back."""
    heights, next_at = [], 0.0
    for k in range(60):
        t = k / 60
        if t >= next_at:
            had = led.door.receiver.frames
            led.puppeteer.send({"LeftUpperArm": turn(2, -80 * t), "LeftLowerArm": STILL})
            while led.door.receiver.frames == had:
                time.sleep(0.001)
            next_at = t + (1 + rng.uniform(-0.33, 0.33)) / 30
        led.step()
        heights.append(float(led.place("leftHand")[1]))
    steps = np.diff(heights[20:])
    assert steps.min() > -0.001
    assert steps.max() < 0.03


def received(sock: socket.socket) -> list[bytes]:
    out = []
    sock.settimeout(0.2)
    with contextlib.suppress(TimeoutError):
        while True:
            out.append(sock.recv(65536))
            sock.settimeout(0.02)
    return out


@pytest.mark.parametrize("name", COMPANIONS)
def test_out_and_in_again_is_the_same_pose(name: str) -> None:
    """Within half a degree on every bone, whatever rest pose the file has; the names are VRM 0's."""
    model = companion(name)
    sender = animator_for(model, 3)
    for k in range(90):
        commands = [Gesture("wave"), Express("happy", 0.8)] if k == 20 else []
        pose = sender.step(commands, k / 60, 1 / 60)
    truth = sender.rig.read_body(pose)[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        out = VmcOut("127.0.0.1", sock.getsockname()[1], sender)
        out.send(1.5, pose)
        out.close()
        sent = received(sock)
    assert sent
    assert max(map(len, sent)) <= 1500
    messages = [m.message for part in sent for m in OscPacket(part).messages]
    bones = [m.params[0] for m in messages if m.address == "/VMC/Ext/Bone/Pos"]
    assert sorted(bones) == sorted(retarget.UNITY[bone] for bone in model.humanoid)
    blends = {m.params[0]: m.params[1] for m in messages if m.address == "/VMC/Ext/Blend/Val"}
    if "happy" in model.expressions:
        assert blends["Joy"] == pytest.approx(pose.expressions["happy"], abs=1e-5)
        assert "happy" not in blends
    # into another companion's body of the same model, which follows for a while
    receiver = Receiver()
    twin = animator_for(model, 8)
    twin.influences.puppet().omega = 50.0
    for k in range(120):
        for part in sent:
            receiver.feed(part, k / 60)
        frame = receiver.frame(k / 60)
        assert frame is not None
        puppet = retarget.from_vmc(frame.bones, frame.blends, k / 60, root=frame.root, own=tuple(model.expressions))
        twin.influences.puppet().give(puppet)
        pose = twin.step([], k / 60, 1 / 60)
    back = twin.rig.read_body(pose)[0]
    apart = np.degrees(np.linalg.norm(quat.to_vector(quat.multiply(quat.conjugate(truth), back)), axis=-1))
    worst = {bone: float(apart[row]) for bone, row in retarget.ROW.items() if bone in model.humanoid}
    assert max(worst.values()) < 0.5, {b: round(d, 2) for b, d in worst.items() if d >= 0.5}


def test_a_raised_left_arm_is_sent_as_one() -> None:
    model = companion("hikari")
    animator = animator_for(model, 1)
    pose = animator.pose
    n = quat.identity((1, ROWS))
    n[0, retarget.ROW["leftUpperArm"]] = (0, 0, S, S)  # ours: +90 degrees about +Z lifts the arm that lies along +X
    animator.rig.write_body(n, np.zeros((1, 3), np.float32), pose)
    assert animator.rig.read_body(pose)[0] == pytest.approx(n[0], abs=1e-5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        out = VmcOut("127.0.0.1", sock.getsockname()[1], animator)
        out.send(0.0, pose)
        out.close()
        messages = [m.message.params for part in received(sock) for m in OscPacket(part).messages]
    arm = next(p for p in messages if p and p[0] == "LeftUpperArm")
    assert arm[4:] == pytest.approx([0, 0, -S, S], abs=1e-5)
    assert arm[1] < -0.02  # left is -X in Unity


def test_how_a_person_moves_goes_nowhere_without_consent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / consent.FILE
    monkeypatch.setattr(osc_doors, "consent_file", lambda: kept)
    animator = animator_for(companion("hikari"), 1)
    told: list[str] = []
    mine = Settings(puppet="person", vmc_out=("192.0.2.7", 39539))
    with contextlib.ExitStack() as stack, pytest.raises(UsageError, match=r"consent grant remote-pose 192\.0\.2\.7"):
        open_puppetry(mine, ManualClock(), animator, stack, told.append)
    consent.grant(kept, "remote-pose", "192.0.2.7", "2026-11-27T00:00:00+00:00")
    with contextlib.ExitStack() as stack:
        _, out = open_puppetry(mine, ManualClock(), animator, stack, told.append)
        assert out is not None
        assert "192.0.2.7" in told[-1]
        # withdrawn, it holds within a second
        out.send(0.0, animator.pose)
        consent.revoke(kept, "remote-pose")
        out.send(1.1, animator.pose)
        done = out.sent + out.lost
        out.send(1.2, animator.pose)
        assert done > 0
        assert out.sent + out.lost == done
    # the companion's own motion, and a person's that stays on this machine, need none
    for settings in (Settings(vmc_out=("192.0.2.7", 39539)), Settings(puppet="person", vmc_out=("127.0.0.1", 9))):
        with contextlib.ExitStack() as stack:
            assert open_puppetry(settings, ManualClock(), animator, stack, told.append)[1] is not None


def test_places_are_read_and_mistakes_named() -> None:
    assert parse_endpoint("39540", 39539, "vmc-in") == ("127.0.0.1", 39540)
    assert parse_endpoint("0.0.0.0", 39539, "vmc-in") == ("0.0.0.0", 39539)
    assert parse_endpoint("[::1]:7", 39539, "vmc-in") == ("::1", 7)
    assert parse_endpoint("stage.example:7", None, "vmc-out") == ("stage.example", 7)
    for text in ("", "stage.example", "a:b", "1.2.3.4:99999", "::1:7", "a b:3"):
        with pytest.raises(UsageError, match="vmc-out"):
            parse_endpoint(text, None, "vmc-out")
    with pytest.raises(UsageError, match="one puppeteer"):
        Settings(puppet="person", vmc_in=("127.0.0.1", 39539))
    with pytest.raises(UsageError, match="follow itself"):
        Settings(vmc_in=("127.0.0.1", 39539), vmc_out=("127.0.0.1", 39539))


def test_a_port_in_use_is_said() -> None:
    animator = animator_for(companion("hikari"), 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        with pytest.raises(PortError, match=f"vmc-in: port {sock.getsockname()[1]}"):
            VmcIn("127.0.0.1", sock.getsockname()[1], ManualClock(), animator)


def test_noise_on_the_port_moves_nothing_and_a_sender_is_still_heard(led: Led, rng: np.random.Generator) -> None:
    """Broken datagrams over the socket: the companion lives on, every number finite, and the next frame is taken."""
    good = OscMessageBuilder("/VMC/Ext/Bone/Pos")
    for each in ("LeftUpperArm", *map(float, range(7))):
        good.add_arg(each)  # type: ignore[arg-type]
    whole = good.build().dgram
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        for k in range(3000):
            data = bytearray(whole if k % 2 else rng.bytes(int(rng.integers(1, 300))))
            data[int(rng.integers(len(data)))] ^= 0xFF
            noise.sendto(bytes(data[: int(rng.integers(1, len(data) + 1))]), ("127.0.0.1", led.door.listener.port))
            if k % 100 == 0:
                led.step()
                assert np.isfinite(led.engine.pose.world).all()
    deadline = 2000
    while led.door.receiver.refused < 1000 and deadline:
        time.sleep(0.002)
        deadline -= 1
    assert led.door.receiver.refused >= 1000
    led.run(1.1)  # whoever made the noise owns it no longer
    led.show(0.8, {"LeftUpperArm": turn(2, -80), "LeftLowerArm": STILL})
    assert led.place("leftHand")[1] > led.place("head")[1]
