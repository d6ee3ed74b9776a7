"""Signed marks: where the library and a certificate are; nowhere else, and without a fuss."""

from __future__ import annotations

import enum
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from avatar import __version__
from avatar.ceremony import reading
from avatar.errors import OutputError
from avatar.io.outputs import chapters, provenance
from avatar.io.outputs.recorder import Recorder
from avatar.io.outputs.still import write_png
from avatar.runtime.remembering import Keeping

KEEPSAKE_MD = Path(__file__).resolve().parents[2] / "docs" / "KEEPSAKE.md"


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
            def __init__(self, words: str, context: object) -> None:
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

    class Context:
        @classmethod
        def from_dict(cls, config: dict[str, Any]) -> Context:
            assert config["builder"]["thumbnail"]["enabled"] is False
            return cls()

    class Builder:
        def __init__(self, manifest_json: str, context: Context) -> None:
            self.manifest = json.loads(manifest_json)

        def __enter__(self) -> Builder:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def sign_file(self, source_path: str, dest_path: str, signer: Signer) -> bytes:
            if Path(source_path).suffix not in (".png", ".mp4", ".pdf"):
                raise C2paError("NotSupported")
            row = {"manifest": self.manifest, "alg": signer.info.alg.name, "stamped": signer.info.ta_url is not None}
            Path(dest_path).write_bytes(Path(source_path).read_bytes() + json.dumps(row).encode())
            return b""

    for one in (C2paError, C2paSigningAlg, C2paSignerInfo, Signer, Context, Builder):
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


def kept(folder: Path, times: int) -> Path:
    """A keepsake with a film, a picture and a certificate, begun and ended ``times`` times."""
    wedding = Path(__file__).resolve().parents[2] / "assets/ceremonies/wedding.yaml"
    script = reading.parse(wedding.read_bytes()).script
    for _ in range(times):
        keeping = Keeping()
        keeping.begin(script, folder)
        film = Recorder(keeping.recording, (64, 48), 4)
        for k in range(8):
            film.write_frame(np.full((48, 64, 3), 30 * k, np.uint8), k / 4)
        film.close()
        keeping.chapter("All", 0.0)
        keeping.still("a", np.full((4, 4, 3), 90, np.uint8))
        keeping.finish()
    return folder


def test_a_keepsake_is_signed_once_where_files_can_carry_it(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar.runtime.papers.config_folder", lambda: library)
    folder = kept(library / "k", 2)  # taken up again, what is signed is not signed twice
    signed = {p.name: p.read_bytes().count(b'"alg"') for p in folder.iterdir()}
    assert {name for name, count in signed.items() if count} == {
        *("recording.mp4", "recording-2.mp4", "picture-01.png", "picture-02.png", "certificate.pdf"),
    }
    assert set(signed.values()) == {0, 1}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of settings with a certificate made as docs/KEEPSAKE.md says."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    found = re.search(r"```sh\n(openssl req -x509.*?)```", KEEPSAKE_MD.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    folder = tmp_path_factory.mktemp("settings")
    subprocess.run(["bash", "-ec", found[1]], cwd=folder, check=True, capture_output=True)
    assert sorted(p.name for p in folder.iterdir()) == [provenance.CERTIFICATE, provenance.KEY]
    return folder


def test_the_real_library_signs_a_keepsake_with_a_certificate_of_ones_own(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    c2pa = pytest.importorskip("c2pa", reason="c2pa-python is not installed")
    monkeypatch.setattr("avatar.runtime.papers.config_folder", lambda: own)
    folder = kept(tmp_path / "k", 2)
    for name in ("recording.mp4", "recording-2.mp4", "picture-01.png", "picture-02.png", "certificate.pdf"):
        with c2pa.Reader(str(folder / name)) as reader:
            found = json.loads(reader.json())
        assert found["validation_state"] == "Valid", name
        (manifest,) = found["manifests"].values()  # signed once
        assert manifest["claim_generator_info"][0]["name"] == "Presence"
        assert manifest["claim_generator_info"][0]["version"] == __version__
        assert manifest["title"] == name
        assert manifest["signature_info"]["common_name"] == "Noa"
        assert "time" not in manifest["signature_info"], "no server was asked"
        assert "thumbnail" not in manifest
        (actions,) = [one for one in manifest["assertions"] if one["label"].startswith("c2pa.actions")]
        (action,) = actions["data"]["actions"]
        assert action["action"] == "c2pa.created"
        assert action["digitalSourceType"].endswith("/digitalsourcetype/compositeSynthetic")
        # A certificate of one's own is nobody else's to trust, and that is all there is against it.
        assert {one["code"] for one in found["validation_status"]} == {"signingCredential.untrusted"}
    assert [title for title, _ in chapters.read(folder / "recording.mp4")] == ["All"]
    image = cv2.imread(str(folder / "picture-01.png"))
    assert image is not None
    assert int(image.min()) == int(image.max()) == 90


def test_the_real_library_finds_what_was_changed_after(own: Path, tmp_path: Path) -> None:
    c2pa = pytest.importorskip("c2pa", reason="c2pa-python is not installed")
    path = tmp_path / "a.png"
    write_png(path, np.full((32, 32, 3), 120, np.uint8))
    plain = path.stat().st_size
    seal = provenance.sealer(own)
    assert seal is not None
    seal.seal(path)
    assert plain < path.stat().st_size < plain + 8000
    assert path.stat().st_mode & 0o777 == 0o600
    data = bytearray(path.read_bytes())
    at = data.rindex(b"IDAT") + 6
    data[at] ^= 1
    path.write_bytes(data)
    with c2pa.Reader(str(path)) as reader:
        assert reader.get_validation_state() == "Invalid"


def test_the_real_library_leaves_what_it_cannot_sign(own: Path, tmp_path: Path) -> None:
    pytest.importorskip("c2pa", reason="c2pa-python is not installed")
    path = tmp_path / "a.mp4"
    film = Recorder(path, (64, 48), 4)
    for k in range(8):
        film.write_frame(np.full((48, 64, 3), 30 * k, np.uint8), k / 4)
    film.close()
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"moof") + 60])  # as a kill may leave it
    before = path.read_bytes()
    seal = provenance.sealer(own)
    assert seal is not None
    with pytest.raises(OutputError, match="could not be signed"):
        seal.seal(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
