"""Signed marks: where the library and a certificate are; nowhere else, and without a fuss."""

from __future__ import annotations

import enum
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from avatar.errors import OutputError
from avatar.io.outputs import provenance


def test_without_a_certificate_nothing_is_signed(tmp_path: Path) -> None:
    assert provenance.sealer(tmp_path) is None


def test_a_certificate_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    pytest.importorskip("c2pa", reason="c2pa-python is not installed")
    (tmp_path / provenance.CERTIFICATE).write_text("no certificate")
    (tmp_path / provenance.KEY).write_text("no key")
    with pytest.raises(OutputError, match="cannot be signed with"):
        provenance.sealer(tmp_path)


def test_what_cannot_be_signed_is_as_it_was(tmp_path: Path) -> None:
    class Refuses:
        C2paError = RuntimeError

        class Builder:
            def __init__(self, words: str) -> None:
                assert "compositeSynthetic" in words

            def __enter__(self) -> Refuses.Builder:
                return self

            def __exit__(self, *error: object) -> None:
                pass

            def sign_file(self, source: str, target: str, signer: object) -> None:
                Path(target).write_bytes(b"half")
                raise RuntimeError("no")

    path = tmp_path / "a.png"
    path.write_bytes(b"whole")
    with pytest.raises(OutputError, match="could not be signed"):
        provenance.Sealer(Refuses, None).seal(path)
    assert path.read_bytes() == b"whole"
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def documented() -> Any:
    """A module with what c2pa-python's documentation has of signing, that says in the file what it was given."""
    c2pa: Any = ModuleType("c2pa")

    class C2paError(Exception):
        pass

    class C2paSigningAlg(enum.IntEnum):
        ES256 = 0

    class C2paSignerInfo:
        def __init__(self, alg: C2paSigningAlg, sign_cert: bytes, private_key: bytes, ta_url: bytes | None) -> None:
            if b"BEGIN CERTIFICATE" not in sign_cert or b"PRIVATE KEY" not in private_key:
                raise C2paError("InvalidCertificate")
            self.alg, self.sign_cert, self.ta_url = alg, sign_cert, ta_url

    class Signer:
        def __init__(self, info: C2paSignerInfo) -> None:
            self.info = info

        @classmethod
        def from_info(cls, info: C2paSignerInfo) -> Signer:
            return cls(info)

    class Builder:
        def __init__(self, manifest_json: str) -> None:
            self.manifest = json.loads(manifest_json)

        def __enter__(self) -> Builder:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def sign_file(self, source_path: str, dest_path: str, signer: Signer) -> bytes:
            if Path(source_path).suffix not in (".png", ".mp4"):
                raise C2paError("NotSupported")
            row = {"manifest": self.manifest, "alg": signer.info.alg.name, "stamped": signer.info.ta_url is not None}
            Path(dest_path).write_bytes(Path(source_path).read_bytes() + json.dumps(row).encode())
            return b""

    for one in (C2paError, C2paSigningAlg, C2paSignerInfo, Signer, Builder):
        setattr(c2pa, one.__name__, one)
    return c2pa


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of settings with a certificate, and the library."""
    monkeypatch.setitem(sys.modules, "c2pa", documented())
    (tmp_path / provenance.CERTIFICATE).write_text("-----BEGIN CERTIFICATE-----")
    (tmp_path / provenance.KEY).write_text("-----BEGIN PRIVATE KEY-----")
    return tmp_path


def test_a_signed_mark_names_its_source_and_asks_no_server(library: Path) -> None:
    path = library / "a.png"
    path.write_bytes(b"picture")
    seal = provenance.sealer(library)
    assert seal is not None
    seal.seal(path)
    assert path.read_bytes().startswith(b"picture{")
    row = json.loads(path.read_bytes()[7:])
    (action,) = row["manifest"]["assertions"][0]["data"]["actions"]
    assert action["digitalSourceType"].endswith("/compositeSynthetic")
    assert (row["alg"], row["stamped"]) == ("ES256", False)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_none_is_one_clear_error_there_too(library: Path) -> None:
    (library / provenance.KEY).write_text("none")
    with pytest.raises(OutputError, match="cannot be signed with"):
        provenance.sealer(library)


def test_a_keepsake_is_signed_once_where_files_can_carry_it(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from avatar.ceremony import reading
    from avatar.io.outputs.recorder import Recorder
    from avatar.runtime.remembering import Keeping

    monkeypatch.setattr("avatar.runtime.papers.config_folder", lambda: library)
    wedding = Path(__file__).resolve().parents[2] / "assets/ceremonies/wedding.yaml"
    script, folder = reading.parse(wedding.read_bytes()).script, library / "k"
    for _ in range(2):  # taken up again, what is signed is not signed twice
        keeping = Keeping()
        keeping.begin(script, folder)
        film = Recorder(keeping.recording, (16, 16), 4)
        for k in range(8):
            film.write_frame(np.zeros((16, 16, 3), np.uint8), k / 4)
        film.close()
        keeping.chapter("All", 0.0)
        keeping.still("a", np.zeros((4, 4, 3), np.uint8))
        keeping.finish()
    signed = {p.name: p.read_bytes().count(b'"alg"') for p in folder.iterdir()}
    assert {name for name, count in signed.items() if count} == {
        *("recording.mp4", "recording-2.mp4", "picture-01.png", "picture-02.png"),
    }
    assert set(signed.values()) == {0, 1}
