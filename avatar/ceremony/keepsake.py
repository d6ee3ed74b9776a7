"""What a ceremony leaves behind: who, when, which words and pictures, and what of it is real; nothing written here.

Everything says plainly, in its own place, that the ceremony was symbolic and made with an AI companion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from .plan import all_cues
from .script import Script
from .texts import Wording, choose

_FOLDED: Final = re.compile(
    r"(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]) (?=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])"
)
LANGUAGES: Final = ("en", "ja")
"""Languages of the keepsake's own words; English stands in for any other."""

CUT_OFF: Final = "cut off"
"""Of the log: the program ended there, and nobody went on with it."""
_WORDS: Final[dict[str, dict[str, str]]] = {
    "symbolic": {"en": "A symbolic ceremony", "ja": "象徴的な式"},
    "made": {"en": "Made with an AI companion", "ja": "AIのコンパニオンとともに"},
    "held": {
        "en": "{person} held this ceremony with {companion}, an AI companion.",
        "ja": "{person}は、AIのコンパニオン{companion}とともに、この式を行いました。",
    },
    "early": {
        "en": "It was ended before its last part, as anybody there was free to do.",
        "ja": "式は途中で終えられました。誰もがいつでもそうしてよい式です。",
    },
    "cut": {
        "en": "It was cut off before its end, and was not finished.",
        "ja": "式は途中で途切れ、最後までは行われませんでした。",
    },
    "open": {
        "en": "It has not come to its end yet.",
        "ja": "式はまだ終わっていません。",
    },
    "no": {
        "en": "Asked, {who} answered no, as everybody asked here may.",
        "ja": "問いに、{who}は「いいえ」と答えました。ここでは誰もがそう答えてよいのです。",
    },
    "silence": {
        "en": "Asked, {who} gave no answer, which is an answer too.",
        "ja": "問いに、{who}は答えませんでした。それもひとつの答えです。",
    },
    "real_title": {"en": "What is real", "ja": "本当にあるもの"},
    "real": {
        "en": "What {person} felt, chose, and said in their own words.",
        "ja": "{person}が感じ、選び、自分の言葉で語ったこと。",
    },
    "not_real_title": {"en": "What it is not", "ja": "そうではないもの"},
    "not_real": {
        "en": "{companion} is an AI, not a person. It has no feelings. Nothing here binds anybody by law.",
        "ja": "{companion}はAIであり、人ではありません。感情はありません。法的な効力もありません。",
    },
    "vows": {"en": "The words that were said", "ja": "語られた言葉"},
    "pictures": {"en": "Pictures", "ja": "写真"},
    "day": {"en": "How it went", "ja": "式の流れ"},
    "recording": {"en": "The recording", "ja": "録画"},
    "unfilmed": {"en": "It was not filmed.", "ja": "録画はしていません。"},
    "part": {"en": "Part {n}", "ja": "第{n}部"},
    "went_on": {"en": "taken up again at {time}", "ja": "{time}に再開"},
    "and": {"en": "and", "ja": "と"},
    "person": {"en": "the person", "ja": "本人"},
    "companion": {"en": "AI companion", "ja": "AIコンパニオン"},
    "officiant": {"en": "officiant", "ja": "司式者"},
    "reader": {"en": "reader", "ja": "朗読"},
    "guests": {"en": "guests", "ja": "列席者"},
    "picture_of": {
        "en": "Picture {n} of {count}: {person} with {companion}, an AI companion drawn into the picture.",
        "ja": "写真{n}/{count}：{person}と、映像に描き入れたAIコンパニオン{companion}。",
    },
    "signature": {"en": "{person}, in their own hand, if they like", "ja": "{person}（署名は任意です）"},
    "yours": {
        "en": "This page and all beside it lie on your own machine only. avatar keepsake delete removes them.",
        "ja": "このページも隣のファイルも、あなたの機械の中だけにあります。avatar keepsake delete で消せます。",
    },
}


@dataclass(frozen=True, slots=True)
class Vow:
    """Words that were said to be kept. cue : id; who : role; text : as it was said."""

    cue: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """title : of a cue; at : seconds from its part's first picture; scene : the title of the scene that begins with
    it, "" for none; cue : id."""

    title: str
    at: float
    scene: str = ""
    cue: str = ""

    @property
    def named(self) -> str:
        """As a player shows it, with the scene where one begins."""
        return f"{self.scene}: {self.title}" if self.scene and self.scene != self.title else self.title


@dataclass(frozen=True, slots=True)
class Part:
    """What was performed in one go. chapters : of it; film : its recording's name in the keepsake's folder, "" for
    none; begun : HH:MM at which it began, as the clock on the wall had it."""

    chapters: tuple[Chapter, ...] = ()
    film: str = ""
    begun: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """file : its name in the keepsake's folder; id : the script's; alt : what is on it, in words."""

    file: str
    id: str
    alt: str


@dataclass(frozen=True, slots=True)
class Album:
    """All that the album and the certificate show, in one language. date : "" where the script gives none; held,
    real, not_real : whole sentences; labels : headings by their key; other : the same album in the script's next
    language that has words here, or None."""

    title: str
    kind: str
    language: str
    person: str
    companion: str
    date: str
    place: str
    statement: str
    held: str
    real: str
    not_real: str
    vows: tuple[tuple[str, str, str], ...]
    """(name, role in words, text) of each."""
    parts: tuple[Part, ...]
    pictures: tuple[Picture, ...]
    labels: Mapping[str, str]
    other: Album | None = None


def album(
    script: Script,
    language: str | None = None,
    *,
    vows: Sequence[Vow] = (),
    parts: Sequence[Part] = (),
    pictures: Iterable[tuple[str, str]] = (),
    log: Sequence[Mapping[str, Any]] = (),
    date: str = "",
    both: bool = True,
) -> Album:
    """What is to be kept. language : BCP 47, None = the script's first; parts : what was performed in one go each, in
    order; pictures : (file, id) of each, in order; log : the director's entries as plain values, of which ``what``,
    ``cue`` and an answer's ``detail`` are read; date : where the script's names have no ``date``; both : also in the
    script's other language. Names ``date`` and ``place`` of the script are used."""
    words = Wording(script, language)
    tongue = words.language.split("-")[0] if words.language.split("-")[0] in LANGUAGES else "en"
    names = words.names
    person = names.get("person") or _WORDS["person"][tongue]
    companion = names.get("companion") or _WORDS["companion"][tongue]
    who = {"person": person, "companion": companion}
    labels = {key: text[tongue].format_map(_Kept(who)) for key, text in _WORDS.items()}
    told = [labels["held"], *_told(script, words, log, tongue, who)]
    files = list(pictures)
    shown = tuple(
        Picture(file, id, labels["picture_of"].format(n=k, count=len(files))) for k, (file, id) in enumerate(files, 1)
    )
    other = next((tag for tag in script.languages if tag.split("-")[0] in LANGUAGES and tag != words.language), None)
    return Album(
        title=names["title"],
        kind=script.kind,
        language=words.language,
        person=person,
        companion=companion,
        date=names.get("date") or date,
        place=names.get("place", ""),
        statement=_unspaced(names["statement"]),
        held=(" " if tongue == "en" else "").join(told),
        real=labels["real"],
        not_real=labels["not_real"],
        vows=tuple(
            (_name(script, words, vow.who, who, labels), labels.get(vow.who, ""), _unspaced(vow.text)) for vow in vows
        ),
        parts=tuple(_whole(parts)),
        pictures=shown,
        labels=labels,
        other=album(script, other, log=log, date=date, both=False) if both and other else None,
    )


def _told(
    script: Script, words: Wording, log: Sequence[Mapping[str, Any]], tongue: str, who: Mapping[str, str]
) -> list[str]:
    """What must be said of how it went: an answer that was no, or none, and an end before the end."""
    out: list[str] = []
    answers = {str(e.get("cue", "")): str(e.get("detail", "")) for e in log if e.get("what") == "answer"}
    cues = {cue.id: cue for cue in all_cues(script)}
    for id, detail in answers.items():
        kind = detail.partition(" ")[0]
        asked = cues[id].answer if id in cues else None
        if kind in ("no", "silence") and asked is not None:
            name = _name(script, words, asked.of, who, {key: text[tongue] for key, text in _WORDS.items()})
            out.append(_WORDS[kind][tongue].format_map(_Kept({"who": name})))
    ends = [what for e in log if (what := str(e.get("what", ""))) in ("stop", "ended", "stopped", CUT_OFF)]
    if ends and ends[-1] == CUT_OFF:
        out.append(_WORDS["cut"][tongue])
    elif ends and ends[-1] != "ended":
        out.append(_WORDS["early"][tongue])
    elif log and not ends:
        out.append(_WORDS["open"][tongue])
    return out


def _whole(parts: Sequence[Part]) -> Iterator[Part]:
    """The parts in order; a cue that was cut off and begun again in the next part is told of there only, as is one that
    began as it ended, before that was on the disk."""
    for k, part in enumerate(parts):
        rows = sorted(part.chapters, key=lambda c: c.at)
        after = [c for later in parts[k + 1 :] for c in sorted(later.chapters, key=lambda c: c.at)]
        again = after[0].cue if after else ""
        newest = range(len(rows) - 1, max(-1, len(rows) - 3), -1)
        cut = next((i for i in newest if again and rows[i].cue == again), None)
        yield replace(part, chapters=tuple(rows[:cut]))


def _name(script: Script, words: Wording, role: str, who: Mapping[str, str], labels: Mapping[str, str]) -> str:
    if role in who:
        return who[role]
    part = getattr(script.roles, role, None)
    called = words(choose(part.name, words.language, script.languages)) if part is not None and part.name else ""
    return called or labels.get(role, role)


def _unspaced(text: str) -> str:
    """Without the spaces that folding a text over lines leaves between letters of scripts that have none."""
    return _FOLDED.sub("", text)


class _Kept(dict[str, str]):
    """Names that are not known yet stay as they stand."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def clock_words(seconds: float, fraction: bool = False) -> str:
    """``1:02:03`` or ``02:03``; with ``fraction`` as WebVTT writes it, ``00:02:03.500``."""
    whole = max(0.0, seconds)
    minutes, rest = divmod(whole if fraction else int(whole), 60)
    hours, minutes = divmod(int(minutes), 60)
    if fraction:
        milli = min(59999, round(rest * 1000))
        return f"{hours:02d}:{minutes:02d}:{milli // 1000:02d}.{milli % 1000:03d}"
    return f"{hours}:{minutes:02d}:{int(rest):02d}" if hours else f"{minutes:02d}:{int(rest):02d}"


def webvtt(chapters: Sequence[Chapter], end: float) -> str:
    """Chapters as a WebVTT file (W3C), each until the next one, the last until ``end`` seconds."""
    rows = sorted(chapters, key=lambda c: c.at)
    ends = [c.at for c in rows[1:]] + [max(end, rows[-1].at + 0.001)] if rows else []
    parts = ["WEBVTT"]
    for k, (chapter, until) in enumerate(zip(rows, ends, strict=True), 1):
        # "-->" and line breaks in a title would end the cue's text
        title = " ".join(chapter.named.split()).replace("-->", "→").replace("&", "&amp;").replace("<", "&lt;")
        if until > chapter.at:
            parts.append(f"{k}\n{clock_words(chapter.at, True)} --> {clock_words(until, True)}\n{title}")
    return "\n\n".join(parts) + "\n"
