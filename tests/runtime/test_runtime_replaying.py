"""A journal tells when what came and went, not what it said unless asked; and makes the same run again, every time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from event_scene import Scene

from avatar import Stage, cli
from avatar.errors import AvatarError, JournalError, UsageError
from avatar.io.outputs.journal import Journal, read
from avatar.io.transports.memory import MemoryClient
from avatar.runtime import replaying
from avatar.runtime.journalling import Record

CANARY = "xyzzy-canary"


def said(scene: Scene) -> None:
    """Everything that may hold words of a client's."""
    client = MemoryClient(scene.doors.hub, "bot")
    client.send("presence.say", text=f"{CANARY} one two", utterance=CANARY)
    client.send("presence.say.delta", text=CANARY, utterance="d", final=True)
    client.send("presence.caption", text=CANARY, speaker=CANARY)
    client.send("presence.gesture", name=CANARY)
    client.send("presence.weights", expressions={CANARY: 0.5})
    client.send("presence.say", text=f"…{CANARY}"[:1], utterance=CANARY + "2")
    client.send(
        "presence.speech.timing", utterance=CANARY + "3", unit="word", marks=[[0, 1, CANARY], [0.5, 0.2, CANARY]]
    )
    client.send("presence.companion", model="hikari", persona="calm", at=2.0)
    scene.run(3.0)
    client.close()


@pytest.mark.parametrize("content", [False, True])
def test_what_was_said_is_in_a_journal_only_where_it_is_asked_for(tmp_path: Path, content: bool) -> None:
    scene = Scene()
    journal = Journal(tmp_path / "j")
    scene.doors.journal = Record(journal.write, content, scene.clock, lambda: 7)
    said(scene)
    journal.close()
    lines = (tmp_path / "j").read_text(encoding="utf-8")
    assert (CANARY in lines) == content
    rows = [row for _, row in read(tmp_path / "j")]
    came = [row for row in rows if "in" in row]
    assert [row["in"] for row in came][:3] == ["presence.say", "presence.say.delta", "presence.caption"]
    assert all(row["source"] == "bot" and row["id"].startswith("bot-") and row["n"] == 7 for row in came)
    assert came[-1]["at"] == 2.0
    assert all(row["bytes"] > 50 for row in came)
    codes = {row["code"] for row in rows if "refused" in row}
    assert codes == {"unknown_name", "bad_value"}, "at the door, and later"
    assert {row["out"] for row in rows if "out" in row} >= {"presence.speech.started", "presence.caption"}
    assert rows[-1]["left"] == came[0]["session"]
    times = [row["t"] for row in rows]
    assert times == sorted(times)


OPTIONS: dict[str, Any] = {"source": "demo", "headless": True, "offline": True, "fps": 10, "size": (160, 160)}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], np.ndarray]:
    """(journal, facts, last picture) of a run with a client that says, waits, shows and leaves."""
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    folder = tmp_path_factory.mktemp("replay")
    still, path = folder / "last.png", folder / "evening.jsonl"
    show = Stage(seconds=1.6, still=still, journal=path, journal_content=True, **OPTIONS)

    def late(event: dict[str, Any]) -> None:
        show.send("express", expression="happy", intensity=1.0)
        show.send("gesture", name="nod", at=event["data"]["at"] + 0.55)
        show.send("gesture", name="nowhere")

    show.on("speech.started", late)
    show.send("say", text="Peter, hello.", utterance="u1")
    show.send("caption", text="Later", at=0.9)
    return path, show.run(), cv2.imread(str(still))


def again(path: Path, folder: Path, **more: Any) -> tuple[list[dict[str, Any]], np.ndarray, dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    still = folder / f"{len(list(folder.iterdir()))}.png"
    facts = replaying.replay(replaying.load(path), lambda text: None, still=still, out=rows.append, **more)
    return rows, cv2.imread(str(still)), facts


def outs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "session"} for row in rows if "out" in row or "refused" in row]


@pytest.mark.gl
@pytest.mark.slow
def test_a_replay_is_the_same_run_every_time(recorded: Any, tmp_path: Path) -> None:
    path, facts, picture = recorded
    first, second = again(path, tmp_path), again(path, tmp_path)
    assert first[0] == second[0], "what goes out, times included"
    assert np.array_equal(first[1], second[1])
    kinds = [row.get("out") for row in first[0]]
    assert kinds.count("presence.speech.started") == 1
    assert kinds.count("presence.caption") == 2
    # and it is the run that was recorded
    mine = [row for row in outs([row for _, row in read(path)]) if "refused" not in row]
    assert mine == outs(first[0])
    assert np.array_equal(first[1], picture)
    assert first[2]["spoken"] == facts["spoken"] == ["Peter, hello."]
    assert first[2]["gestures"] == facts["gestures"]
    assert first[2]["frames"] == facts["frames"]


@pytest.mark.gl
@pytest.mark.slow
def test_a_live_session_is_run_again_at_its_own_times(recorded: Any, tmp_path: Path) -> None:
    """Of a run whose clock began before its first picture, events come at their times on that clock."""
    path, _, _ = recorded
    live = tmp_path / "live.jsonl"
    head, *rows = [row for _, row in read(path)]
    head["offline"] = False
    shifted = [json.loads(json.dumps(row)) | {"t": row["t"] + 3.25} for row in rows if "in" in row or "mark" in row]
    for row in shifted:
        if (at := row.get("event", {}).get("data", {}).get("at")) is not None:
            row["event"]["data"]["at"] = at + 3.25
    live.write_text("".join(json.dumps(row) + "\n" for row in (head, *shifted)))
    found, _, facts = again(live, tmp_path, size=(200, 160))
    started = next(row for row in found if row["out"] == "presence.speech.started")
    assert 3.25 <= started["data"]["at"] < 3.4
    assert facts["frames"] == 16
    shown = next(row for row in found if row["out"] == "presence.caption" and row["data"]["text"] == "Later")
    assert shown["t"] == pytest.approx(3.25 + 0.9, abs=0.051)


@pytest.mark.gl
@pytest.mark.slow
def test_a_run_without_a_source_is_run_again_without_one(recorded: Any, tmp_path: Path) -> None:
    path, _, _ = recorded
    bare = tmp_path / "bare.jsonl"
    head, *rows = [row for _, row in read(path)]
    head["settings"]["source"] = None
    bare.write_text("".join(json.dumps(row) + "\n" for row in (head, *rows)))
    found, picture, facts = again(bare, tmp_path)
    assert facts["frames"] == 16
    assert facts["tracked_fraction"] == 0
    assert picture.std() > 5, "the companion on a plain ground"
    assert any(row["out"] == "presence.speech.finished" for row in found)


def test_without_content_it_can_only_be_listed(recorded: Any, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "bare.jsonl"
    head, *rows = [row for _, row in read(recorded[0])]
    rows = [{k: v for k, v in row.items() if k not in ("event", "data")} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in (head | {"content": False}, *rows)))
    with pytest.raises(UsageError, match="only be listed"):
        replaying.replay(replaying.load(path), lambda text: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["avatar", "replay", str(path)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert not ended.value.code
    printed, told = capsys.readouterr()
    assert "can only be listed" in told
    lines = printed.splitlines()
    assert len(lines) == len(rows)
    assert "presence.say" in lines[0]
    assert "memory-1 from memory" in lines[0]
    assert any("at 0.9 s" in line for line in lines)
    assert any("refused" in line and "unknown_name" in line for line in lines)


def test_a_journal_that_was_cut_off_is_run_to_its_last_line(recorded: Any, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl"
    shutil.copy(recorded[0], cut)
    raw = cut.read_bytes()
    cut.write_bytes(raw[: len(raw) - 30])
    found = replaying.load(cut)
    assert not found.complete
    assert found.end == pytest.approx(found.rows[-1][1]["t"] + 1.0)


@pytest.mark.parametrize(
    ("line", "change", "rule"),
    [
        (1, {"journal": 2}, "version"),
        (1, {"settings": None}, "settings"),
        (1, {"settings": {"port": 1}}, "no setting 'port'"),
        (1, {"settings": {"size": [1, 1]}}, "size"),
        (1, {"settings": {"size": "big"}}, "setting is not right"),
        (1, {"settings": {"limits": {"x": 1}}}, "setting is not right"),
        (2, {"t": -1}, "time does not go back"),
        (2, {"t": "0"}, "number of seconds"),
        (2, {"out": "x"}, "one of in, out"),
        (2, {"event": {"specversion": "1.0"}}, "its event is none"),
        (2, {"sound": "!"}, "its event is none"),
    ],
)
def test_damage_is_one_error_with_file_line_and_rule(
    recorded: Any, tmp_path: Path, line: int, change: dict[str, Any], rule: str
) -> None:
    path = tmp_path / "evening.jsonl"
    rows = [row for _, row in read(recorded[0])]
    rows[line - 1] |= change
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(JournalError, match=rule) as refused:
        replaying.replay(replaying.load(path), lambda text: None)
    assert str(refused.value).startswith(f"{path} at line {line}: ")


def test_what_is_no_journal_says_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text('{"hello": 1}\n')
    with pytest.raises(JournalError, match="no journal"):
        replaying.load(path)
    path.write_text("")
    with pytest.raises(AvatarError, match="no journal"):
        replaying.load(path)


def test_the_camera_of_a_run_cannot_be_had_again(recorded: Any, tmp_path: Path) -> None:
    path = tmp_path / "j"
    rows = [row for _, row in read(recorded[0])]
    rows[0]["settings"]["source"] = "0"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(UsageError, match="--source"):
        replaying.replay(replaying.load(path), lambda text: None)


def test_content_needs_a_journal() -> None:
    with pytest.raises(UsageError, match="--journal"):
        Stage(journal_content=True)
