"""A journal grows line by line, is never written over, and is read back or refused by file, line and rule."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from avatar.errors import JournalError, OutputError
from avatar.io.outputs.journal import Journal, read


def test_every_line_is_there_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    journal = Journal(path)
    journal.write({"a": 1, "text": "é\n"})
    assert path.read_text(encoding="utf-8") == '{"a":1,"text":"é\\n"}\n'
    journal.write({"b": 2})
    assert read(path) == [(1, {"a": 1, "text": "é\n"}), (2, {"b": 2})]
    journal.close()
    journal.write({"c": 3})
    assert len(read(path)) == 2


@pytest.mark.skipif(os.name != "posix", reason="permissions of a POSIX file")
def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    Journal(tmp_path / "j").close()
    assert (tmp_path / "j").stat().st_mode & 0o077 == 0


def test_a_journal_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text("mine")
    with pytest.raises(OutputError, match="never written over"):
        Journal(path)
    assert path.read_text() == "mine"
    with pytest.raises(OutputError, match="nowhere"):
        Journal(tmp_path / "nowhere" / "j")


def test_a_disk_that_fails_ends_it_and_raises_nothing() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with pytest.raises(OutputError):
        Journal(Path("/dev/full"))  # is there already
    journal = object.__new__(Journal)
    journal.path, journal.error, journal._lock = Path("/dev/full"), "", threading.Lock()
    journal._file = open("/dev/full", "w")  # noqa: SIM115 - the journal closes it
    journal.write({"a": 1})
    assert "the journal ends here" in journal.error
    journal.write({"a": 2})
    journal.close()


def test_lines_of_many_threads_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = Journal(path)

    def write(k: int) -> None:
        for n in range(50):
            journal.write({"thread": k, "n": n, "x": "y" * 500})

    threads = [threading.Thread(target=write, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    rows = [row for _, row in read(path)]
    assert len(rows) == 400
    assert [r["n"] for r in rows if r["thread"] == 3] == list(range(50))


@pytest.mark.parametrize("torn", ['{"b":', '{"b":2}', "\x00\x00", "é"[:1]])
def test_a_torn_last_line_is_no_damage(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "j"
    path.write_text('{"a":1}\n' + torn, encoding="utf-8")
    assert read(path) == [(1, {"a": 1})]


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (b'{"b":\n', "not JSON"),
        (b"[1]\n", "not a JSON object"),
        (b'{"b":NaN}\n', "not JSON"),
        (b'{"b":"\xff"}\n', "not JSON"),
        (b"\n", "not JSON"),
        (b"[" * 100000 + b"\n", "not JSON"),
    ],
)
def test_damage_is_one_error_with_file_line_and_rule(tmp_path: Path, damage: bytes, rule: str) -> None:
    path = tmp_path / "evening.jsonl"
    path.write_bytes(b'{"a":1}\n' + damage + b'{"c":3}\n')
    with pytest.raises(JournalError, match=rule) as refused:
        read(path)
    assert refused.value.line == 2
    assert str(refused.value).startswith(f"{path} at line 2: ")


def test_no_file_and_no_line(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be read"):
        read(tmp_path / "nothing")
    (tmp_path / "part").write_text(json.dumps({"journal": 1}))
    with pytest.raises(JournalError, match="first line does not end"):
        read(tmp_path / "part")
