"""The album: one HTML page that needs nothing beside itself. Pictures are inside it, nothing is loaded from anywhere,
no script runs; it is read on a phone, in the dark, and on paper."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html import escape
from typing import Final

import cv2

from ...ceremony.keepsake import Album, clock_words
from ...types import ByteArray
from .recorder import MARK
from .stand_in import face
from .still import marked_jpeg

_LONGEST_SIDE: Final = 1600
_QUALITY: Final = 88
_STYLE: Final = """
:root{color-scheme:light dark;--paper:#fbf9f6;--ink:#26242a;--soft:#645f6b;--accent:#963e4a;--line:#e4dfd9}
@media (prefers-color-scheme:dark){:root{--paper:#17161a;--ink:#ece8e3;--soft:#aaa4b0;--accent:#e79aa3;--line:#35323a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);line-height:1.65;overflow-wrap:anywhere;
font:1.0625rem/1.65 "Iowan Old Style",Palatino,"Palatino Linotype",Georgia,"Hiragino Mincho ProN","Yu Mincho",
"Noto Serif CJK JP","Stand-in",serif}
main{max-width:44rem;margin:0 auto;padding:clamp(2.5rem,8vw,6rem) clamp(1.25rem,6vw,3rem)}
.kind,h2,.who,footer,time{font-family:system-ui,"Hiragino Sans","Noto Sans CJK JP","Stand-in",sans-serif}
.kind{color:var(--accent);font-weight:600;text-align:center;margin:0 0 2.5rem}
h1{font-size:clamp(1.15rem,4vw,1.4rem);font-weight:400;font-style:italic;color:var(--soft);
text-align:center;margin:0 0 1rem}
:lang(ja) h1,h1:lang(ja){font-style:normal}
.names{font-size:clamp(2rem,9vw,3.25rem);line-height:1.2;text-align:center;margin:0}
.names small{display:block;font-size:1.1rem;font-style:italic;color:var(--soft);margin:.3rem 0}
.when{text-align:center;margin:1.25rem 0 0}
.rule{width:4rem;border:0;border-top:2px solid var(--accent);margin:2.5rem auto}
.held{text-align:center;font-size:1.15rem;margin:0 auto;max-width:34rem}
.plain{border-left:3px solid var(--accent);padding:.1rem 0 .1rem 1.5rem;margin:2.5rem 0}
.plain p{margin:0 0 1.25rem;font-size:1.15rem}.plain p:last-child{margin:0}
.plain strong{display:block;color:var(--accent);font:600 .95rem/1.6 system-ui,"Noto Sans CJK JP","Stand-in",sans-serif}
section{margin-top:4rem}
h2{font-size:1.05rem;font-weight:600;color:var(--accent);margin:0 0 1.5rem;padding-bottom:.6rem;
border-bottom:1px solid var(--line)}
figure{margin:0 0 2rem}img{display:block;width:100%;height:auto;border-radius:4px}
figcaption{color:var(--soft);font-size:.95rem;margin-top:.6rem}
blockquote{margin:0 0 2.5rem;font-size:1.2rem}blockquote p{margin:0}
.who{color:var(--soft);font-size:.95rem;margin:0 0 .4rem}.who b{color:var(--ink);font-weight:600}
.day{list-style:none;margin:0;padding:0}
.day li{display:flex;gap:1.25rem;padding:.35rem 0}
.day .scene{font-style:italic;padding-top:1.1rem}.day .scene:first-child{padding-top:0}
.day .scene:lang(ja){font-style:normal}.names small:lang(ja){font-style:normal}
h3{font:600 .95rem/1.6 system-ui,"Noto Sans CJK JP","Stand-in",sans-serif;color:var(--soft);margin:2rem 0 .6rem}
.soft{color:var(--soft);font-size:.95rem}
.day time{color:var(--soft);font-variant-numeric:tabular-nums;min-width:3.5rem}
a{color:var(--accent)}
footer{margin-top:5rem;padding-top:1.5rem;border-top:1px solid var(--line);color:var(--soft);font-size:.95rem}
.kind:lang(ja),h2:lang(ja),h3:lang(ja),b:lang(ja),.who:lang(ja),footer:lang(ja),.plain strong:lang(ja){font-weight:400;
font-family:"Iowan Old Style",Palatino,"Palatino Linotype",Georgia,"Hiragino Mincho ProN","Yu Mincho",
"Noto Serif CJK JP","Stand-in",serif}
@media (min-width:52rem){.pictures figure:first-of-type{margin-inline:-4rem}}
@media print{@page{margin:22mm}
:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--accent:#963e4a;--line:#bbb}
main{padding:0;max-width:none}.pictures figure{margin-inline:0!important}
figure,blockquote,.plain,.day li{break-inside:avoid}h2{break-after:avoid}.link{display:none}}
"""


def page(album: Album, picture: Callable[[str], ByteArray]) -> str:
    """The page. picture : file's name -> (H, W, 3) uint8 RGB."""
    body = "".join(_parts(album, picture))
    return body.replace("<style>", f"<style>{face(body)}", 1)


def _parts(album: Album, picture: Callable[[str], ByteArray]) -> Iterator[str]:
    words = {key: escape(text) for key, text in album.labels.items()}
    title = escape(album.title)
    yield f'<!doctype html>\n<html lang="{escape(album.language)}">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; font-src data:; '
    yield "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n'
    yield f'<meta name="generator" content="Presence">\n<meta name="description" content="{MARK}">\n'
    yield '<meta name="robots" content="noindex">\n'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
    yield f'<header>\n<p class="kind">{words["symbolic"]} · {words["made"]}</p>\n<h1>{title}</h1>\n'
    yield f'<p class="names">{escape(album.person)} <small>{words["and"]}</small> {escape(album.companion)}'
    yield f"<small>{words['companion']}</small></p>\n"
    if when := " · ".join(escape(part) for part in (album.date, album.place) if part):
        yield f'<p class="when">{when}</p>\n'
    yield f'<hr class="rule">\n<p class="held">{escape(album.held)}</p>\n</header>\n'
    yield _plain(album)
    if album.other is not None:
        yield _plain(album.other)
    if album.pictures:
        yield f'<section class="pictures">\n<h2>{words["pictures"]}</h2>\n'
        for one in album.pictures:
            image = picture(one.file)
            alt = escape(one.alt)
            yield f'<figure><img src="{_uri(image)}" alt="{alt}" width="{image.shape[1]}" height="{image.shape[0]}">'
            yield f"<figcaption>{alt}</figcaption></figure>\n"
        yield "</section>\n"
    if album.vows:
        yield f"<section>\n<h2>{words['vows']}</h2>\n"
        for name, role, text in album.vows:
            by = f"<b>{escape(name)}</b>" + (f" · {escape(role)}" if role and role != name else "")
            yield f'<blockquote><p class="who">{by}</p><p>{escape(text)}</p></blockquote>\n'
        yield "</section>\n"
    yield from _day(album)
    yield f"<footer><p>{escape(album.statement)}</p><p>{words['yours']}</p></footer>\n</main>\n</body>\n</html>\n"


def _day(album: Album) -> Iterator[str]:
    """How it went, each part with its recording."""
    parts = [part for part in album.parts if part.chapters or part.film]
    if not parts:
        return
    words = {key: escape(text) for key, text in album.labels.items()}
    yield f"<section>\n<h2>{words['day']}</h2>\n"
    for k, part in enumerate(parts, 1):
        if len(parts) > 1:
            again = f" · {words['went_on'].format(time=escape(part.begun))}" if k > 1 and part.begun else ""
            yield f"<h3>{words['part'].format(n=k)}{again}</h3>\n"
        if part.chapters:
            yield '<ol class="day">\n'
        for chapter in part.chapters:
            if chapter.scene and chapter.scene != chapter.title:
                yield f'<li class="scene">{escape(chapter.scene)}</li>\n'
            if chapter.scene == chapter.title:  # the scene is the cue
                yield f'<li class="scene"><time>{clock_words(chapter.at)}</time>'
                yield f"<span>{escape(chapter.title)}</span></li>\n"
            else:
                yield f"<li><time>{clock_words(chapter.at)}</time><span>{escape(chapter.title)}</span></li>\n"
        if part.chapters:
            yield "</ol>\n"
        if part.film:
            yield f'<p class="link"><a href="{escape(part.film)}">{words["recording"]}</a></p>\n'
    if not any(part.film for part in parts):
        yield f'<p class="soft">{words["unfilmed"]}</p>\n'
    yield "</section>\n"


def _plain(album: Album) -> str:
    """What is real and what it is not, as large as the rest."""
    words = album.labels
    rows = ((words["real_title"], album.real), (words["not_real_title"], album.not_real))
    inner = "".join(f"<p><strong>{escape(title)}</strong>{escape(text)}</p>\n" for title, text in rows)
    return f'<div class="plain" lang="{escape(album.language)}">\n{inner}</div>\n'


def _uri(image: ByteArray) -> str:
    side = max(image.shape[:2])
    if side > _LONGEST_SIDE:
        image = cv2.resize(image, None, fx=_LONGEST_SIDE / side, fy=_LONGEST_SIDE / side, interpolation=cv2.INTER_AREA)
    return f"data:image/jpeg;base64,{base64.b64encode(marked_jpeg(image, _QUALITY)).decode()}"
