"""Signed marks: where the library and a certificate are; nowhere else, and without a fuss."""

from __future__ import annotations

from pathlib import Path

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
