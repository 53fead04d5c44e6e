"""Pages and static files: escaped, whole, in the visitor's language; a file's name carries its content."""

import gzip
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import escape

from idp.http.pages import WEB, Pages

PAGES = Pages()
ODD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x02\x03"), max_size=40)


@given(value=ODD, relay_state=st.none() | ODD)
def test_a_filled_outline_is_the_rendered_page(value: str, relay_state: str | None) -> None:
    gaps = {"acs": True, "saml_response": True, "relay_state": relay_state is not None}
    values = {"acs": "https://sp.example/acs", "saml_response": value, "relay_state": relay_state or ""}
    outline = PAGES.outline("nl", "saml/post.html", **gaps)
    rendered = PAGES.html(
        "nl",
        "saml/post.html",
        lang_switch_url=None,
        party=None,
        acs="https://sp.example/acs",
        saml_response=value,
        relay_state=relay_state,
    )
    assert outline.fill(**{name: values[name] for name, there in gaps.items() if there}) == rendered


def test_an_outline_keeps_nothing_of_the_visitor_before() -> None:
    outline = PAGES.outline("nl", "saml/post.html", acs=True, saml_response=True, relay_state=True)
    first = outline.fill(acs="https://een.example", saml_response="geheim-een", relay_state="r1")
    second = outline.fill(acs="https://twee.example", saml_response="geheim-twee", relay_state="r2")
    assert "geheim-een" in first
    assert not re.search("een.example|geheim-een|r1", second)


@given(name=st.text(max_size=20))
def test_what_people_are_called_is_text_and_never_markup(name: str) -> None:
    html = PAGES.html(
        "nl",
        "signin/child.html",
        action="/signin/x",
        begun="/signin/x",
        ticket="t",
        step="child",
        party={"name": name},
        error=None,
        lang_switch_url=None,
        groups="/signin/x/groups",
        recalled=False,
        children=[{"at": "/signin/x/group-1-child-1", "label": name, "picture": "cat"}],
    )
    assert f'class="tile-name">{escape(name)}</span>' in html


def test_a_forgotten_value_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError):
        PAGES.html("nl", "signin/child.html", action="/signin/x", ticket="t", step="child", party=None, error=None)


@pytest.mark.parametrize("path", sorted((WEB / "static").glob("*.*")), ids=lambda path: path.name)
def test_a_static_file_is_served_under_its_own_hash_only(path: Path) -> None:
    place = PAGES.static.url(path.name).removeprefix("/static/")
    found = PAGES.static.respond(place)
    assert found is not None
    assert found.body == path.read_bytes()
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert PAGES.static.respond(f"{'0' * 12}/{path.name}") is None
    assert PAGES.static.respond(path.name) is None


@pytest.mark.parametrize("place", ["", "/", "../main.py", "..", "x/../../main.py", "\x00"])
def test_no_other_place_holds_a_file(place: str) -> None:
    assert PAGES.static.respond(place) is None


def test_texts_are_known_by_key_in_both_languages() -> None:
    assert PAGES.has_text("problem.internal.staff")
    assert not PAGES.has_text("problem.no_such.staff")
    assert PAGES.text("nl", "picture.cat") == "kat"
    assert PAGES.text("en", "picture.cat") == "cat"
    with pytest.raises(KeyError):
        PAGES.text("nl", "no.such.key")


@pytest.mark.parametrize("name", ["poortwachter.css", "pictures.svg", "autosubmit.js"])
def test_a_static_file_is_packed_for_who_can_unpack_it_and_the_same_then(name: str) -> None:
    place = PAGES.static.url(name).removeprefix("/static/")
    plain, packed = PAGES.static.respond(place), PAGES.static.respond(place, accepts="br, gzip;q=0.8")
    assert plain is not None
    assert packed is not None
    assert (plain.headers["vary"], packed.headers["vary"]) == ("Accept-Encoding", "Accept-Encoding")
    assert "content-encoding" not in plain.headers
    if "content-encoding" in packed.headers:
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body)
    else:
        assert packed.body == plain.body
