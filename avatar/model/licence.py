"""What a companion's licence allows, in words and as values. A field that is missing means the restrictive default.

Source: VRM 1.0 ``meta`` (its defaults are the restrictive ones) and VRM 0.x ``meta``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .place import printable

_USERS = {
    "onlyAuthor": "only its author may use this companion",
    "onlySeparatelyLicensedPerson": "only people with a separate licence may use this companion",
    "everyone": "everyone may use this companion",
}
_COMMERCE = {
    "personalNonProfit": "personal use without profit only",
    "personalProfit": "personal use, for profit too",
    "corporation": "use by companies too",
}
_CHANGES = {
    "prohibited": "it may not be changed",
    "allowModification": "it may be changed, but the changed file not passed on",
    "allowModificationRedistribution": "it may be changed, and the changed file passed on",
}
_USERS_0 = {
    "OnlyAuthor": "onlyAuthor",
    "ExplicitlyLicensedPerson": "onlySeparatelyLicensedPerson",
    "Everyone": "everyone",
}
_OPEN_0 = ("CC0", "CC_BY", "CC_BY_NC", "CC_BY_SA", "CC_BY_NC_SA", "CC_BY_ND", "CC_BY_NC_ND")


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms, in VRM 1.0's words; the defaults are the restrictive ones."""

    title: str = ""
    version: str = ""
    authors: tuple[str, ...] = ()
    copyright: str = ""
    licence: str = ""
    users: str = "onlyAuthor"
    commerce: str = "personalNonProfit"
    violence: bool = False
    sexual: bool = False
    politics_or_religion: bool = False
    hate: bool = False
    credit: bool = True
    redistribution: bool = False
    modification: str = "prohibited"
    other_licence: str = ""
    contact: str = ""
    references: tuple[str, ...] = ()
    third_party: str = ""


def read_licence(meta: Mapping[str, Any]) -> Licence:
    """Terms from ``AvatarModel.meta`` of either kind. A value of the wrong type counts as missing; never raises."""
    old = any(key in meta for key in ("allowedUserName", "licenseName", "violentUssageName", "title"))
    return _licence0(meta) if old else _licence1(meta)


def _text(meta: Mapping[str, Any], key: str) -> str:
    value = meta.get(key)
    return printable(value.strip())[:300] if isinstance(value, str) else ""


def _texts(meta: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = meta.get(key)
    return tuple(printable(v)[:120] for v in values[:16] if isinstance(v, str)) if isinstance(values, list) else ()


def _choice(meta: Mapping[str, Any], key: str, allowed: Mapping[str, Any], default: str) -> str:
    value = meta.get(key)
    return value if isinstance(value, str) and value in allowed else default


def _licence1(meta: Mapping[str, Any]) -> Licence:
    return Licence(
        title=_text(meta, "name"),
        version=_text(meta, "version"),
        authors=_texts(meta, "authors"),
        copyright=_text(meta, "copyrightInformation"),
        licence=_text(meta, "licenseUrl") or _text(meta, "otherLicenseUrl"),
        other_licence=_text(meta, "otherLicenseUrl") if _text(meta, "licenseUrl") else "",
        contact=_text(meta, "contactInformation"),
        references=_texts(meta, "references"),
        third_party=_text(meta, "thirdPartyLicenses"),
        users=_choice(meta, "avatarPermission", _USERS, "onlyAuthor"),
        commerce=_choice(meta, "commercialUsage", _COMMERCE, "personalNonProfit"),
        violence=meta.get("allowExcessivelyViolentUsage") is True,
        sexual=meta.get("allowExcessivelySexualUsage") is True,
        politics_or_religion=meta.get("allowPoliticalOrReligiousUsage") is True,
        hate=meta.get("allowAntisocialOrHateUsage") is True,
        credit=meta.get("creditNotation") != "unnecessary",
        redistribution=meta.get("allowRedistribution") is True,
        modification=_choice(meta, "modification", _CHANGES, "prohibited"),
    )


def _licence0(meta: Mapping[str, Any]) -> Licence:
    name = _text(meta, "licenseName")
    is_open = name in _OPEN_0
    changes = "allowModificationRedistribution" if is_open and not name.endswith("_ND") else "prohibited"
    paid = meta.get("commercialUssageName") == "Allow" and "_NC" not in name
    author, reference = _text(meta, "author"), _text(meta, "reference")
    terms, own = _text(meta, "otherPermissionUrl"), name in ("", "Other")
    licence = (_text(meta, "otherLicenseUrl") or terms) if own else name.replace("_", " ")
    return Licence(
        title=_text(meta, "title"),
        version=_text(meta, "version"),
        authors=(author,) if author else (),
        licence=licence,
        other_licence=terms if terms != licence else "",
        contact=_text(meta, "contactInformation"),
        references=(reference,) if reference else (),
        users=_USERS_0[_choice(meta, "allowedUserName", _USERS_0, "OnlyAuthor")],
        # VRM 0 does not tell people from companies; only an open licence allows both.
        commerce=("corporation" if is_open else "personalProfit") if paid else "personalNonProfit",
        violence=meta.get("violentUssageName") == "Allow",
        sexual=meta.get("sexualUssageName") == "Allow",
        credit=name != "CC0",
        redistribution=is_open,
        modification=changes,
    )


def describe(meta: Mapping[str, Any], kind: str = "vrm1") -> list[str]:
    """Credit and terms in short lines for a person, the credit first; kind : of the model. A glTF file has no field for
    terms, and VRM 0 none for politics, religion or hate: of those nothing is said. Never raises."""
    found = read_licence(meta)
    if kind not in ("vrm1", "vrm0"):
        own = [f"copyright: {found.copyright}"] if found.copyright else []
        return [*own, "the file states no licence: ask its author what is allowed"]
    title = found.title or "untitled companion"
    by = ", ".join(found.authors) or "an author the file does not name"
    lines = [f"“{title}” by {by}" + (f", version {found.version}" if found.version else "")]
    if found.copyright:
        lines.append(f"copyright: {found.copyright}")
    lines.append(f"licence: {found.licence}" if found.licence else "licence: the file names none")
    if found.other_licence:
        lines.append(f"further terms: {found.other_licence}")
    if found.third_party:
        lines.append(f"licences of others' work in it: {found.third_party}")
    if found.references:
        lines.append(f"references: {', '.join(found.references)}")
    if found.contact:
        lines.append(f"contact: {found.contact}")
    lines += [_USERS[found.users], _COMMERCE[found.commerce], _CHANGES[found.modification]]
    lines.append("the file may be passed on" if found.redistribution else "the file may not be passed on")
    lines.append("its author must be named" if found.credit else "its author need not be named")
    forbidden = [
        word
        for word, allowed in (
            ("excessive violence", found.violence),
            ("excessive sexual content", found.sexual),
            ("political or religious use", found.politics_or_religion or kind == "vrm0"),
            ("antisocial use or hate", found.hate or kind == "vrm0"),
        )
        if not allowed
    ]
    if forbidden:
        lines.append("not allowed: " + ", ".join(forbidden))
    return lines
