"""The small PDF: a file that readers can follow, with lengths that are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from avatar.errors import OutputError
from avatar.io.outputs.pdf import PAPERS, Page, encode, write


def objects(data: bytes) -> list[bytes]:
    """The objects, found by the table at the end, as a reader does it."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", data)[1])
    head, rows = re.match(rb"xref\n0 (\d+)\n((?:\d{10} \d{5} [fn] \n)+)", data[start:]).groups()
    places = [int(row[:10]) for row in rows.splitlines() if row.endswith(b"n ")]
    assert len(places) == int(head) - 1
    for number, place in enumerate(places, 1):
        assert data[place:].startswith(b"%d 0 obj\n" % number)
    return [data[place:].split(b"\nendobj")[0] for place in places]


def test_a_reader_finds_its_way_through_the_file() -> None:
    pages = [Page(PAPERS["a4"]), Page(PAPERS["letter"])]
    pages[0].fill([(10, 20, 30, 40)])
    pages[1].words(10, 10, "a (b) \\ é €", 5)
    pages[1].line(0, 0, 10, 10)
    found = objects(encode(pages, "Title (1)"))
    kinds = [kind for o in found if (kind := re.search(rb"/Type /(\w+)", o))]
    assert [k[1] for k in kinds] == [b"Catalog", b"Pages", b"Font", b"Page", b"Page"]
    assert b"/Count 2" in found[1]
    boxes = [re.search(rb"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", o) for o in found if b"MediaBox" in o]
    assert [(float(b[1]), float(b[2])) for b in boxes] == [
        pytest.approx((595.2756, 841.8898), abs=1e-3),
        pytest.approx((612, 792), abs=0.02),
    ]
    for o in found:
        if (length := re.search(rb"/Length (\d+)", o)) is not None:
            stream = re.search(rb"stream\n(.*)\nendstream", o, re.DOTALL)[1]
            assert len(stream) == int(length[1])


def test_lengths_are_millimetres_from_the_top_left() -> None:
    page = Page((210.0, 297.0))
    page.fill([(10, 20, 30, 40), (25.4, 254, 25.4, 25.4)])
    numbers = [float(v) for v in re.findall(r"-?[\d.]+(?= )", page.content().decode().replace("re", ""))]
    points = [v / 72 * 25.4 for v in numbers[1:9]]
    assert points == pytest.approx([10, 297 - 60, 30, 40, 25.4, 297 - 279.4, 25.4, 25.4], abs=1e-3)


def test_words_cannot_break_out_of_their_string() -> None:
    page = Page((100, 100))
    page.words(0, 10, ") Tj ET (\\", 4)
    assert rb"(\) Tj ET \(\\) Tj ET" in page.content()
    page.words(0, 10, "水", 4)
    assert b"(?)" in page.content()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        write(tmp_path / "nowhere" / "x.pdf", [Page((10, 10))], "x")
