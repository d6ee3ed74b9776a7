"""The International Phonetic Alphabet into ARPABET, by what the mouth does: lips first, then the jaw, then the tongue.

English has no sound for many a symbol, but a mouth for it: French *u* and German *ü* are the lips of OO, *eu* and *ö*
those of a narrower AW; a *ɸ* is taken for F, an uvular *r* leaves the lips alone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SEVERAL: Final = {
    **dict.fromkeys(("tʃ", "tɕ", "ʈʂ", "tʂ", "ʧ"), ("CH",)),
    **dict.fromkeys(("dʒ", "dʑ", "ɖʐ", "dʐ", "ʤ"), ("JH",)),
    **dict.fromkeys(("aɪ", "ai", "aj", "ɑɪ", "ɑi"), ("AY",)),
    **dict.fromkeys(("aʊ", "au", "ɑʊ", "ɑu", "æʊ"), ("AW",)),
    **dict.fromkeys(("eɪ", "ei", "ej", "ɛɪ", "ɛi"), ("EY",)),
    **dict.fromkeys(("oʊ", "ou", "əʊ", "əu", "ɔʊ"), ("OW",)),
    **dict.fromkeys(("ɔɪ", "ɔi", "oi", "ɔʏ", "ɔø", "ɔy"), ("OY",)),
    **dict.fromkeys(("ts", "ʦ"), ("T", "S")),
    **dict.fromkeys(("dz", "ʣ"), ("D", "Z")),
    "pf": ("P", "F"),
    "kx": ("K", "HH"),
    "œy": ("UH", "UW"),
}
_ONE: Final = {
    symbol: value
    for symbols, value in (
        *(("ɑaɒɶ", "AA"), ("æ", "AE"), ("ʌɐ", "AH"), ("əɘɤ", "AX"), ("ɔo", "AO"), ("ɛeε", "EH"), ("ɜɚɝ", "ER")),
        *(("ɪɨᵻı", "IH"), ("i", "IY"), ("ʊɵøœɞ", "UH"), ("uyʉʏ", "UW"), ("ɯ", "IH")),
        *(("pƥ", "P"), ("bɓ", "B"), ("mɱ", "M"), ("fɸ", "F"), ("vβʋⱱ", "V"), ("wɥʍ", "W"), ("θ", "TH"), ("ð", "DH")),
        *(("tʈ", "T"), ("dɖɗ", "D"), ("ɾɽ", "DX"), ("kcq", "K"), ("ɡgɟɢɠʛ", "G"), ("ŋɴ", "NG"), ("nɲɳ", "N")),
        *(
            ("lɫʎɭʟɬɮ", "L"),
            ("ɹrɻɺ", "R"),
            ("ʁʀ", "K"),
            ("sʂ", "S"),
            ("zʐ", "Z"),
            ("ʃɕ", "SH"),
            ("ʒʑ", "ZH"),
            ("ʨ", "CH"),
            ("ʥ", "JH"),
        ),
        *(("çjʝ", "Y"), ("xχɣ", "K"), ("hɦħʕɧ", "HH")),
    )
    for symbol in symbols
}
_STRESS: Final = {"ˈ": 1, "ˌ": 2}
_ASIDE: Final = re.compile(r"\([a-z-]*\)")
_LONGEST: Final = max(map(len, _SEVERAL))


def sounds(symbols: str) -> tuple[tuple[str, ...], int]:
    """(ARPABET phones of these symbols, stress 0, 1 or 2 of the vowel in them). Lengths, tones, ties, accents over and
    under a letter, and marks of another language in brackets are left out; what is no sound at all gives none."""
    stress = max((_STRESS.get(c, 0) for c in symbols), key=lambda s: (s > 0, -s), default=0)
    plain = "".join(_base(c) for c in unicodedata.normalize("NFC", _ASIDE.sub("", symbols)))
    found: list[str] = []
    k = 0
    while k < len(plain):
        for size in range(_LONGEST, 1, -1):
            if plain[k : k + size] in _SEVERAL:
                found += _SEVERAL[plain[k : k + size]]
                k += size
                break
        else:
            found += [_ONE[plain[k]]] if plain[k] in _ONE else []
            k += 1
    return tuple(found), stress


def _base(c: str) -> str:
    """A letter without its accents, "" for a mark."""
    if c in _ONE:
        return c
    base = unicodedata.normalize("NFD", c)[0]
    return base if base in _ONE or base in "ʧʤʦʣ" else ""
