"""Cookies as they are written and read back (C-300)."""

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from idp.http import cookies, visitors

EMAILS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=254)


def request(header: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", header.encode("latin-1"))]})


@given(email=EMAILS)
def test_a_remembered_address_comes_back_whatever_it_holds(email: str) -> None:
    response = Response()
    visitors.remember_email(response, email)
    [written] = response.headers.getlist("set-cookie")
    assert written.isascii()
    assert written.count(";") == 5
    assert visitors.remembered_email(request(written.partition(";")[0])) == email


def test_a_forgotten_one_is_gone() -> None:
    response = Response()
    visitors.remember_email(response, None)
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert visitors.remembered_email(request("")) == ""


@given(header=st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_header_is_read_without_complaint(header: str) -> None:
    found = cookies.read(header)
    assert all(isinstance(value, str) for value in found.values())
    assert cookies.SESSION not in found or cookies.SESSION in header


def test_of_two_with_one_name_the_first_counts() -> None:
    assert cookies.read("a=1; a=2; b=x=y;  c ; =z") == {"a": "1", "b": "x=y", "c": "", "": "z"}


def test_a_cookie_whose_name_only_begins_like_ours_is_no_session() -> None:
    assert not visitors.carries_session(request(f"{cookies.SESSION}2=x; x{cookies.SESSION}=y; z={cookies.SESSION}"))
    assert visitors.carries_session(request(f"a=b; {cookies.SESSION}=x"))


def test_a_cookie_that_browsers_let_others_set_does_not_become_ours() -> None:
    """Python takes more for white space than a header knows: what stands behind it has no prefix that a browser would guard."""
    for space in map(chr, (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0x85, 0xA0)):
        assert not visitors.carries_session(request(f"a=b;{space}{cookies.SESSION}=x")), repr(space)
    assert visitors.carries_session(request(f"a=b; \t{cookies.SESSION}=x"))


def test_what_is_written() -> None:
    assert cookies.written("__Host-x", "v") == "__Host-x=v; Path=/; Secure; HttpOnly; SameSite=Lax"
    assert cookies.written("__Host-x", "v", same_site="None", max_age=9).endswith("SameSite=None; Max-Age=9")
    assert cookies.gone("__Host-x") == "__Host-x=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
