"""What check knows of this machine: real fonts, real captions, the ear's own dictionary, files that are opened."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from other_outfit import other_outfit

from avatar import paths
from avatar.ceremony import fitting, keepsake, reading
from avatar.config import Settings
from avatar.io.outputs import certificate
from avatar.model.load import load
from avatar.render.overlay import caption_ends
from avatar.render.text import has_shape
from avatar.runtime import ceremonies, surroundings

HEAD = """presence: 1
title: T
kind: other
statement: s
{extra}scenes:
- id: all
  title: t
  cues:
  - {{id: said, do: [{{say: "{{statement}}"}}{more}]}}
"""


def checked(folder: Path, extra: str = "", more: str = "") -> list[str]:
    path = folder / "f.yaml"
    path.write_text(HEAD.format(extra=extra, more=more), encoding="utf-8")
    _, problems = ceremonies.check(path, Settings(voice="none"))
    return [f"{p.line}:{p.column}: {p.rule}" for p in problems if p.level != "note"]


def test_letters_are_asked_of_the_fonts_themselves() -> None:
    for text in ("結婚の誓い 髙橋﨑 々〆ー", "Ünïcödé ß ñ", "Привет ΑΩ", "한국", "♥ ㈱ → € ?!"):
        assert surroundings.missing(text) == "", text
    assert surroundings.missing("a☕b🕊") == "☕🕊"
    assert surroundings.missing("नमस्ते")[0] == "न"
    assert surroundings.missing("سلام") == "سلام", "it would have to be joined, from right to left"
    assert has_shape("誓")
    assert not has_shape("\ue000")


@pytest.mark.parametrize("name", sorted(ceremonies.kinds()))
def test_every_line_of_the_house_fits_its_caption_in_both_languages(name: str) -> None:
    ceremony = reading.parse(ceremonies.kinds()[name].read_bytes())
    lines = list(fitting.spoken_lines(ceremony))
    assert {language for language, *_ in lines} == {"en", "ja"}
    for _, words, speaker, _ in lines:
        assert surroundings.cut_off(words, speaker) == "", words
        assert surroundings.missing(words) == "", words


def test_a_caption_that_is_too_long_ends_where_it_is_told() -> None:
    long = "word " * 60
    assert caption_ends(long, (640, 480)).endswith("…")
    assert caption_ends("word " * 8, (320, 240)) == ""
    assert surroundings.cut_off("誓" * 200, "") != ""
    assert surroundings.cut_off("", "") == ""
    assert surroundings.cut_off("…", "") == ""


def test_the_ear_knows_everyday_words_and_no_names() -> None:
    phones = surroundings._phones()
    if phones is None:
        pytest.skip("pocketsphinx is not installed")
    assert phones("do") == "D UW"
    assert phones("hikari") == ""
    assert fitting.likeness("i do", "i due", phones) == 1
    assert fitting.likeness("i do", "no thank you", phones) < 0.5


def test_tags_are_those_of_the_companion() -> None:
    model = load(paths.companion("hikari"))
    assert surroundings.unknown_tags("[happy] Hello [bow] all", model) == []
    assert surroundings.unknown_tags("[hapyy] Hello", model) == ["hapyy"]


def test_files_are_opened_before_the_guests_come(tmp_path: Path) -> None:
    (tmp_path / "torn.ogg").write_bytes(b"OggS" + b"\0" * 40)
    (tmp_path / "torn.vrm").write_bytes(b"glTF" + b"\1" * 40)
    (tmp_path / "torn.glb").write_bytes(b"no model")
    told = checked(tmp_path, more=", {say: x, file: torn.ogg}")
    assert len(told) == 1
    assert told[0].startswith("9:58: 'torn.ogg': ")
    assert any("'torn.vrm': " in one for one in checked(tmp_path, "settings: {companion: torn.vrm}\n"))
    assert any("'torn.glb': " in one for one in checked(tmp_path, "settings: {props: [torn.glb@tag]}\n"))


def test_outfits_are_of_the_companions_own_parts(tmp_path: Path) -> None:
    right = "outfits:\n  plain: {hide: [pin]}\n"
    assert checked(tmp_path, right, ", {outfit: plain}") == []
    told = checked(tmp_path, right.replace("pin", "pinn"), ", {outfit: plain}")
    assert told == ["6:18: the companion has no part 'pinn' (did you mean 'pin'?); 'avatar inspect' lists them"]


def test_a_file_that_is_changed_into_is_opened_and_asked_what_it_has(tmp_path: Path) -> None:
    extra, more = "outfits: {gown: {file: gown.vrm}}\n", ", {outfit: gown}"
    other_outfit(tmp_path / "gown.vrm")
    assert checked(tmp_path, extra, more) == []
    other_outfit(tmp_path / "gown.vrm", name="Mina", allowPoliticalOrReligiousUsage=False)
    told = checked(tmp_path, extra + "themes: [religion]\n", more)
    assert len(told) == 2
    assert "the companion 'gown.vrm' is 'Mina' by its file, and 'Hikari' before" in told[0]
    assert told[1] == "6:10: the licence of the companion 'gown.vrm' does not allow it for 'religion' (VRM meta): " + (
        "choose another companion"
    )
    (tmp_path / "gown.vrm").write_bytes(b"glTF" + b"\1" * 40)
    (told_once,) = checked(tmp_path, extra, more)
    assert told_once.startswith("5:24: 'gown.vrm': ")


def test_a_japanese_font_is_looked_for_by_name(tmp_path: Path) -> None:
    assert paths.japanese_font([tmp_path]) is None
    folder = tmp_path / "opentype" / "noto"
    folder.mkdir(parents=True)
    (folder / "NotoSansCJK-Bold.ttc").write_bytes(b"")
    assert paths.japanese_font([tmp_path]) is None
    (folder / "ipaexg.ttf").write_bytes(b"")
    (folder / "NotoSansCJK-Regular.ttc").write_bytes(b"")
    assert paths.japanese_font([tmp_path / "none", tmp_path]) == folder / "NotoSansCJK-Regular.ttc"


def test_a_certificate_in_a_font_of_the_system_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    font = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    if not font.is_file():
        pytest.skip("this system has no DejaVu Sans to stand in for a Japanese font")
    script = reading.parse(HEAD.format(extra='names: {person: "Аня", companion: "Hikari"}\n', more="")).script
    when = datetime(2026, 11, 27, tzinfo=UTC)
    with_pictures = certificate.certificate(keepsake.album(script), when)
    monkeypatch.setattr(certificate, "japanese_font", lambda: font)
    as_text = certificate.certificate(keepsake.album(script), when)
    assert with_pictures.count(b"/Subtype /Image") > 0
    assert as_text.count(b"/Subtype /Image") == 0
    assert b"/ToUnicode" in as_text
    monkeypatch.setattr(certificate, "japanese_font", lambda: Path("torn.ttf"))
    assert certificate.certificate(keepsake.album(script), when).count(b"/Subtype /Image") > 0
