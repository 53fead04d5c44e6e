"""The checks of the authorization request as a pure function: order, narrowing, and the way through storage."""

from hypothesis import given
from hypothesis import strategies as st

from idp.core.errors import Problem
from protocols.attributes import catalogue
from protocols.oidc.op.asked import Asked, AuthorizeError, addressed, client_id_of, narrowed, unverified
from protocols.oidc.op.claims import Wished
from tests.protocols.oidc.test_redirect_uris import client as registered

CLIENT = registered(native=False)
GOOD = [
    ("client_id", "rekenrijk"),
    ("redirect_uri", CLIENT.redirect_uris[0]),
    ("response_type", "code"),
    ("scope", "openid"),
    ("code_challenge", "a" * 43),
    ("code_challenge_method", "S256"),
]
names = st.sampled_from(
    [name for name, _ in GOOD]
    + [
        "state",
        "nonce",
        "prompt",
        "max_age",
        "response_mode",
        "id_token_hint",
        "login_hint",
        "request",
        "request_uri",
        "claims",
        "dpop_jkt",
        "x",
    ]
)
values = st.sampled_from(
    [value for _, value in GOOD] + ["", "none", "login", "none login", "10", "form_post", "openid groups"]
) | st.text(max_size=20)
changes = st.lists(st.tuples(names, values), max_size=6)


def answer(pairs: list[tuple[str, str]]) -> Asked | AuthorizeError | Problem:
    """What the checks say about a request."""
    given_ = unverified(pairs)
    try:
        client_id_of(given_)
        return narrowed(addressed(given_, CLIENT), given_, CLIENT)
    except (AuthorizeError, Problem) as error:
        return error


def test_the_plain_request_passes() -> None:
    asked = answer(GOOD)
    assert isinstance(asked, Asked)
    assert (asked.client_id, asked.scope, asked.challenge) == ("rekenrijk", ("openid",), "a" * 43)


@given(changes)
def test_what_passes_has_a_registered_address_a_challenge_and_no_scope_of_others(more: list[tuple[str, str]]) -> None:
    asked = answer([pair for pair in GOOD if pair[0] not in dict(more)] + more)
    if isinstance(asked, Asked):
        assert asked.redirect_uri in CLIENT.redirect_uris
        assert len(asked.challenge) == 43
        assert "openid" in asked.scope
        assert set(asked.scope) <= CLIENT.scopes & set(catalogue.SCOPES)
        assert asked.prompt == {"none"} or "none" not in asked.prompt


@given(changes)
def test_an_error_goes_to_the_client_only_when_its_address_is_proven(more: list[tuple[str, str]]) -> None:
    """C-111, C-112: with client_id or redirect_uri twice or wrong there is no `AuthorizeError`."""
    pairs = GOOD + more
    found = answer(pairs)
    uris = [value for name, value in pairs if name == "redirect_uri"]
    clients = [value for name, value in pairs if name == "client_id"]
    if len(uris) > 1 or len(clients) > 1:
        assert isinstance(found, Problem)
    elif len({name for name, _ in pairs}) < len(pairs):
        assert isinstance(found, AuthorizeError | Problem)


refusable = st.sampled_from(
    [
        "response_type",
        "scope",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
        "response_mode",
        "request",
    ]
)


@given(name=refusable, value=st.text().map(lambda text: f"zq{text}"))
def test_descriptions_are_our_own_sentences(name: str, value: str) -> None:
    """C-132: nothing of the request is repeated, and every character is allowed (RFC 6749 4.1.2.1)."""
    found = answer([pair for pair in GOOD if pair[0] != name] + [(name, value)])
    assert isinstance(found, AuthorizeError)
    assert all(" " <= c <= "~" and c not in '"\\' for c in found.description)
    assert "zq" not in found.description


some = st.lists(st.text()).map(tuple)


@given(
    st.builds(
        Asked,
        client_id=st.text(),
        redirect_uri=st.text(),
        state=st.none() | st.text(),
        response_mode=st.sampled_from(["query", "form_post"]),
        scope=st.lists(st.text()).map(tuple),
        nonce=st.none() | st.text(),
        challenge=st.text(),
        prompt=st.frozensets(st.text()),
        max_age=st.none() | st.integers(0, 2**40),
        id_token_hint=st.none() | st.text(),
        login_hint=st.none() | st.text(),
        wished=st.none()
        | st.builds(Wished, id_token=some, userinfo=some, subjects=some, classes=some, must=st.booleans()),
        key=st.none() | st.text(),
    )
)
def test_a_request_that_waits_for_a_sign_in_comes_back_the_same(asked: Asked) -> None:
    assert Asked.from_json(asked.to_json()) == asked
