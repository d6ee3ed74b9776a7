"""What a companion can speak with: the shapes of its mouth by the names that artists give them, or a jaw that turns.

Names are known in any case and behind any prefix (``viseme_PP``, ``vrc.v_pp``, ``A25_Jaw_Open``, ``Fcl_MTH_A``). The
best of what is there counts: Apple's ARKit shapes, then the 15 Oculus visemes, then vowels (VRM's, VRoid's, MMD's),
then one shape that opens the mouth, then a jaw bone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..types import VISEMES
from .expressions import VOWELS
from .jaw import find_jaw
from .model import AvatarModel, Expression

_SIDED: Final = ("mouthPress", "mouthStretch", "mouthLowerDown", "mouthUpperUp", "mouthSmile")
ARKIT: Final = (
    *("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower"),
    "tongueOut",
    *(f"{name}{side}" for name in _SIDED for side in ("Left", "Right")),
)
"""The ARKit shapes that speech may use, in Apple's spelling."""
_ARKIT_KEYS: Final = {name.lower(): name for name in ARKIT} | {name.lower(): f"{name}Left" for name in _SIDED}
_ARKIT_ENDS: Final = tuple(sorted(_ARKIT_KEYS, key=len, reverse=True))
_CLOSURES: Final = {
    "lipPress": ("lippress", "mouthpress", "lipspress", "lipspressed"),
    "lipBite": ("lipbite", "lowerlipbite", "mouthlipbite"),
}
_OPENERS: Final = ("jawopen", "mouthopen", "openmouth", "mthopen", "jawdrop", "open", "口開け")
_VISEME_OF: Final = {name.lower(): name for name in VISEMES} | {"a": "aa", "i": "ih", "o": "oh", "u": "ou"}
_ANY_VISEME: Final = "|".join(sorted(_VISEME_OF, key=len, reverse=True))
_VISEME: Final = re.compile(rf"(?:.*[^a-z])?(?:visemes?[^a-z0-9]*|v(?:is)?[^a-z0-9]+)({_ANY_VISEME})")
_VOWEL: Final = re.compile(r"(?:.*[^a-z])?(?:mth|mouth|lips?|kuchi)[^a-z0-9]*([aiueo])")
_LETTERS: Final = dict(zip("aiueo", VOWELS, strict=True))
_KANA: Final = dict(zip("あいうえおアイウエオ", VOWELS * 2, strict=True))
_FEWEST_VISEMES: Final = 8


@dataclass(frozen=True, slots=True)
class Mouth:
    """kind : ``arkit``, ``oculus``, ``vowels``, ``opening``, ``jaw`` or ``none``.

    shapes : what the shape is -> the companion's expression for it; keys are ARKit's names, the Oculus visemes, or the
    vowels ``aa ih ou ee oh`` (an opening is ``aa``) with ``lipPress`` and ``lipBite``. made : expressions among them
    that the file has only as morph targets; ``adopt`` gives them to the model. jaw : node, or -1; jaw_sign : +1 where
    turning it about +X opens, else -1.
    """

    kind: str
    shapes: dict[str, str] = field(default_factory=dict)
    made: dict[str, Expression] = field(default_factory=dict)
    jaw: int = -1
    jaw_sign: float = 1.0


def find_mouth(model: AvatarModel) -> Mouth:
    """The best mouth of a companion. Expressions that are binary or move nothing are not counted."""
    own = {n: e for n, e in model.expressions.items() if (len(e.morphs) or e.materials) and not e.is_binary}
    targets = _targets(model, own)
    for kind, read, enough in (
        ("arkit", _arkit, _is_arkit),
        ("oculus", _oculus, _is_oculus),
        ("vowels", _vowels, _speaks_vowels),
        ("opening", _opening, bool),
    ):
        # The file's own expressions come first; targets fill in what they lack.
        named, bare = read(own), read(targets)
        if enough({**bare, **named}):
            used = {key: name for key, name in bare.items() if key not in named}
            return Mouth(kind, {**used, **named}, {name: targets[name] for name in used.values()})
    node, sign = find_jaw(model)
    return Mouth("none") if node < 0 else Mouth("jaw", jaw=node, jaw_sign=sign)


def adopt(model: AvatarModel) -> None:
    """Give a model expressions for the morph targets that its mouth needs and that no expression of its own holds."""
    for name, expression in find_mouth(model).made.items():
        model.expressions.setdefault(name, expression)


def _targets(model: AvatarModel, own: Mapping[str, Expression]) -> dict[str, Expression]:
    """Named morph targets as expressions, equal names of several meshes together; none by the name of an expression."""
    rows: dict[str, list[int]] = {}
    for k, name in enumerate(model.morph_names):
        if name and name not in model.expressions:
            rows.setdefault(name, []).append(k)
    return {
        name: Expression(name, False, np.array(found, np.int32), np.ones(len(found), np.float32))
        for name, found in rows.items()
        if name not in own
    }


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().lower()


def _key(name: str) -> str:
    """Letters and digits only, sides written out."""
    text = re.sub(r"[\W_]([lr])$", lambda m: {"l": "left", "r": "right"}[m[1]], _plain(name))
    return re.sub(r"[\W_]", "", text)


def _arkit(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        key = _key(name)
        spelled = (key, f"{key[:-1]}left", f"{key[:-1]}right")
        tried = spelled[:1] if key[-1:] not in ("l", "r") else (spelled[0], spelled[1 if key[-1] == "l" else 2])
        end = next((end for text in tried for end in _ARKIT_ENDS if text.endswith(end)), None)
        if end is not None:
            found.setdefault(_ARKIT_KEYS[end], name)
    return found


def _is_arkit(found: Mapping[str, str]) -> bool:
    return "jawOpen" in found and ("mouthFunnel" in found or "mouthPucker" in found)


def _oculus(names: Iterable[str]) -> dict[str, str]:
    listed = list(names)
    found: dict[str, str] = {}
    for name in listed:
        match = _VISEME.fullmatch(_plain(name))
        if match is not None:
            found.setdefault(_VISEME_OF[match[1]], name)
    plain = {_plain(name).rsplit(".", 1)[-1]: name for name in listed}
    if not found and {"pp", "ff"} <= plain.keys():
        found = {viseme: plain[viseme.lower()] for viseme in VISEMES if viseme.lower() in plain}
    return found


def _is_oculus(found: Mapping[str, str]) -> bool:
    return len(found.keys() - {"sil"}) >= _FEWEST_VISEMES and "aa" in found and "PP" in found


def _vowels(names: Iterable[str]) -> dict[str, str]:
    listed = list(names)
    found: dict[str, str] = {}
    for name in listed:
        text = _plain(name)
        match = _VOWEL.fullmatch(text)
        last = re.split(r"[\W\d_]+", text)[-1]
        vowel = text if text in VOWELS else _LETTERS[match[1]] if match is not None else _KANA.get(last)
        if vowel is not None and (vowel not in found or name == vowel):
            found[vowel] = name
    if not found:
        letters = {_plain(name).rsplit(".", 1)[-1]: name for name in listed}
        if letters.keys() >= set("aiueo"):
            found = {vowel: letters[letter] for letter, vowel in _LETTERS.items()}
    keys = {_key(name): name for name in reversed(listed)}
    for closure, spellings in _CLOSURES.items():
        spelled = next((s for s in spellings if s in keys), None)
        if spelled is not None:
            found[closure] = keys[spelled]
    return found


def _speaks_vowels(found: Mapping[str, str]) -> bool:
    return any(vowel in found for vowel in VOWELS)


def _opening(names: Iterable[str]) -> dict[str, str]:
    keys = {_key(name): name for name in reversed(list(names))}
    for wanted in _OPENERS:
        for key, name in keys.items():
            if key == wanted or (len(wanted) > 4 and key.endswith(wanted)):
                return {"aa": name}
    return {}
