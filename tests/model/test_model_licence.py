"""A missing licence field means the restrictive default, for both kinds of file."""

from __future__ import annotations

from typing import Any

import pytest

from avatar.model.licence import Licence, describe, read_licence


@pytest.mark.parametrize("meta", [{}, {"name": None, "authors": 3, "allowRedistribution": "true"}])
def test_nothing_said_is_nothing_allowed(meta: dict[str, Any]) -> None:
    assert read_licence(meta) == Licence()
    lines = describe(meta)
    assert "only its author may use this companion" in lines
    assert "personal use without profit only" in lines
    assert "it may not be changed" in lines
    assert "the file may not be passed on" in lines
    assert "its author must be named" in lines
    assert lines[-1].count(",") == 3


@pytest.mark.parametrize(
    ("field", "value", "attribute", "expected"),
    [
        ("avatarPermission", "everyone", "users", "everyone"),
        ("avatarPermission", "Everyone", "users", "onlyAuthor"),
        ("commercialUsage", "corporation", "commerce", "corporation"),
        ("allowExcessivelyViolentUsage", True, "violence", True),
        ("allowExcessivelySexualUsage", True, "sexual", True),
        ("allowPoliticalOrReligiousUsage", True, "politics_or_religion", True),
        ("allowPoliticalOrReligiousUsage", 1, "politics_or_religion", False),
        ("allowAntisocialOrHateUsage", True, "hate", True),
        ("creditNotation", "unnecessary", "credit", False),
        ("creditNotation", "whatever", "credit", True),
        ("allowRedistribution", True, "redistribution", True),
        ("modification", "allowModification", "modification", "allowModification"),
        ("contactInformation", "me@example.org", "contact", "me@example.org"),
        ("references", ["a", 3, "b"], "references", ("a", "b")),
        ("thirdPartyLicenses", "hair: CC0", "third_party", "hair: CC0"),
    ],
)
def test_each_field_of_vrm1(field: str, value: Any, attribute: str, expected: Any) -> None:
    assert getattr(read_licence({field: value}), attribute) == expected


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({"title": "x"}, Licence(title="x")),
        ({"allowedUserName": "Everyone"}, Licence(users="everyone")),
        ({"violentUssageName": "Allow", "sexualUssageName": "Disallow"}, Licence(violence=True)),
        ({"licenseName": "Redistribution_Prohibited"}, Licence(licence="Redistribution Prohibited")),
        (
            {"licenseName": "CC0", "commercialUssageName": "Allow"},
            Licence(
                licence="CC0",
                commerce="corporation",
                credit=False,
                redistribution=True,
                modification="allowModificationRedistribution",
            ),
        ),
        (
            {"licenseName": "CC_BY_NC_ND", "commercialUssageName": "Allow"},
            Licence(licence="CC BY NC ND", redistribution=True),
        ),
        ({"licenseName": "CC_BY_ND"}, Licence(licence="CC BY ND", redistribution=True)),
        ({"licenseName": "Other", "otherLicenseUrl": "https://example.org"}, Licence(licence="https://example.org")),
        ({"licenseName": "Other", "commercialUssageName": "Allow"}, Licence(commerce="personalProfit")),
        (
            {
                "licenseName": "CC_BY",
                "otherPermissionUrl": "https://x.org",
                "contactInformation": "c",
                "reference": "r",
            },
            Licence(
                licence="CC BY",
                redistribution=True,
                modification="allowModificationRedistribution",
                other_licence="https://x.org",
                contact="c",
                references=("r",),
            ),
        ),
    ],
)
def test_each_field_of_vrm0(meta: dict[str, Any], expected: Licence) -> None:
    assert read_licence(meta) == expected


def test_the_credit_comes_first_on_one_line() -> None:
    lines = describe({"name": "Ada\nLovelace", "version": "2", "authors": ["A", "B", 7], "copyrightInformation": "© A"})
    assert lines[0].startswith("“Ada")
    assert lines[0].endswith("” by A, B, version 2")
    assert all("\n" not in line for line in lines)
    assert lines[1] == "copyright: © A"


def test_nothing_is_said_that_a_file_has_no_field_for() -> None:
    assert describe({}, "gltf") == ["the file states no licence: ask its author what is allowed"]
    old = " ".join(describe({"title": "x", "violentUssageName": "Disallow"}, "vrm0"))
    assert "excessive violence" in old
    assert "hate" not in old
    assert "political" not in old
