"""Codes and numbers of the chain: what is accepted, in which form it goes on, and that a reason never repeats what was given."""

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory import identifiers
from directory.identifiers import SchoolReference

HEX = "0123456789abcdef" * 8
REF = "6f0e7c1e-2f4b-4d57-9f0a-0a1b2c3d4e5f"
PARSERS: tuple[Callable[[str], object], ...] = (
    identifiers.parse_brin,
    identifiers.parse_location_code,
    identifiers.parse_instelling_ref,
    identifiers.parse_school_reference,
    identifiers.parse_eckid,
    identifiers.parse_school_year,
    identifiers.parse_email_address,
)


@pytest.mark.parametrize(("text", "brin"), [("99XX", "99XX"), (" 12ab\n", "12AB")])
def test_a_brin_is_two_digits_and_two_capitals(text: str, brin: str) -> None:
    assert identifiers.parse_brin(text) == brin


@pytest.mark.parametrize("text", ["", "9XXX", "99XX0", "99X", "٩٩XX", "99ÀÉ", "99XX00", "99-XX"])
def test_anything_else_is_no_brin(text: str) -> None:
    with pytest.raises(ValueError, match="two digits and two letters"):
        identifiers.parse_brin(text)


@pytest.mark.parametrize(("text", "code"), [("", ""), ("00", ""), (" 00 ", ""), ("01", "01"), ("17", "17")])
def test_location_00_is_the_same_as_none(text: str, code: str) -> None:
    assert identifiers.parse_location_code(text) == code


@pytest.mark.parametrize("text", ["1", "001", "0a", "٠١"])
def test_anything_else_is_no_location_code(text: str) -> None:
    with pytest.raises(ValueError, match="two digits"):
        identifiers.parse_location_code(text)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("99xx", SchoolReference(brin="99XX")),
        ("99XX00", SchoolReference(brin="99XX", location="")),
        ("99XX01", SchoolReference(brin="99XX", location="01")),
        ("99XX-01", SchoolReference(brin="99XX", location="01")),
        ("99XX 01", SchoolReference(brin="99XX", location="01")),
        (REF.upper(), SchoolReference(instelling_ref=UUID(REF))),
    ],
)
def test_a_school_is_named_in_three_ways(text: str, reference: SchoolReference) -> None:
    assert identifiers.parse_school_reference(text) == reference


@pytest.mark.parametrize("text", ["", "99XX1", "99XX001", "{" + REF + "}", "urn:uuid:" + REF, REF.replace("-", "")])
def test_anything_else_names_no_school(text: str) -> None:
    with pytest.raises(ValueError, match="INSTELLING_REF"):
        identifiers.parse_school_reference(text)


@pytest.mark.parametrize("version", ["201703", "pilot", "202801"])
def test_an_eckid_stays_byte_for_byte(version: str) -> None:
    eckid = f"https://ketenid.nl/{version}/{HEX}"
    assert identifiers.parse_eckid(eckid) is eckid
    assert identifiers.eckid_version(eckid) == version


@pytest.mark.parametrize(
    "text",
    [
        f"https://ketenid.nl/pilot/{HEX[:-1]}",
        f"https://ketenid.nl/pilot/{HEX}0",
        f"https://ketenid.nl/pilot/{HEX}\n",
        f" https://ketenid.nl/pilot/{HEX}",
        f"https://ketenid.nl/pilot/{HEX.upper()}",
        f"http://ketenid.nl/pilot/{HEX}",
        f"https://ketenid.nl.evil.example/pilot/{HEX}",
        f"https://ketenid.nl//{HEX}",
        f"https://ketenid.nl/PILOT/{HEX}",
        "https://id.school/LL_123467890abcdefghijklmnopqrstuvwxz",
        HEX,
    ],
)
def test_what_only_looks_like_an_eckid_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="ECK-iD"):
        identifiers.parse_eckid(text)


def test_a_stampseudonym_is_no_eckid() -> None:
    with pytest.raises(ValueError, match="ECK-iD"):
        identifiers.parse_eckid(f"https://ketenid.nl/sppilot/{HEX}")


@pytest.mark.parametrize("text", ["2024-2025", "2026-2027", "2099-2100"])
def test_school_years_go_on_after_the_schema_ends(text: str) -> None:
    assert identifiers.parse_school_year(f" {text} ") == text


@pytest.mark.parametrize("text", ["2026", "2026-2026", "2026-2028", "2027-2026", "2026/2027", "26-27", "٢٠٢٦-٢٠٢٧"])
def test_a_school_year_is_two_consecutive_years(text: str) -> None:
    with pytest.raises(ValueError, match="consecutive"):
        identifiers.parse_school_year(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" J.Jansen@Regenboog.example ", "j.jansen@regenboog.example"),
        ("o'brien+les@sub.school.nl", "o'brien+les@sub.school.nl"),
        ("a@b.xn--p1ai", "a@b.xn--p1ai"),
    ],
)
def test_an_address_goes_on_in_lower_case(text: str, address: str) -> None:
    assert identifiers.parse_email_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n.v.t.",
        "jansen",
        "@school.nl",
        "a@school",
        "a@@school.nl",
        "a b@school.nl",
        ".a@school.nl",
        "a.@school.nl",
        "a..b@school.nl",
        "a@-school.nl",
        "a@school..nl",
        "a@school.nl\nBcc: b@c.nl",
        "a@school.nl, b@school.nl",
        '"a"@school.nl',
        "a@[192.0.2.1]",
        "ö@school.nl",
        "x" * 65 + "@school.nl",
        "x@" + "y" * 60 + "." + ".".join(["z" * 60] * 4) + ".nl",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="looks like"):
        identifiers.parse_email_address(text)


@settings(deadline=None)
@given(text=st.text(min_size=5, max_size=40))
@pytest.mark.parametrize("parse", PARSERS)
def test_a_reason_never_repeats_what_was_given(parse: Callable[[str], object], text: str) -> None:
    given_text = f"{text}\x00"
    with pytest.raises(ValueError, match=r"\w") as refused:
        parse(given_text)
    assert given_text not in str(refused.value)
    assert refused.value.__cause__ is None
