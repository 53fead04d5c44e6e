"""RFC 7591 client metadata: what is taken, what is filled in, what is refused in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadata.oidc.clients import MetadataRefused, check_uri, validated
from protocols.attributes import catalogue

URI = "https://rekenrijk.example/callback"
GOOD: dict[str, Any] = {"redirect_uris": [URI]}


def made(given_: dict[str, Any], *, loopback_allowed: bool = False) -> dict[str, Any]:
    return validated(given_, scopes=catalogue.SCOPES, loopback_allowed=loopback_allowed)


def test_defaults_are_those_of_the_standard_and_ours_explicit() -> None:
    assert made(GOOD) == {
        "redirect_uris": [URI],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "application_type": "web",
        "id_token_signed_response_alg": "RS256",
        "scope": " ".join(catalogue.SCOPES),
    }


def test_what_was_given_is_kept_and_null_counts_as_left_out() -> None:
    kept = {
        "client_id": "rekenrijk",
        "client_secret": "een geheim van een ander",
        "client_name": "Rekenrijk",
        "contacts": ["a@b.example"],
    }
    whole = made({**GOOD, **kept, "scope": None, "post_logout_redirect_uris": None, "grant_types": None})
    assert {name: whole[name] for name in kept} == kept
    assert "post_logout_redirect_uris" not in whole


def test_openid_is_always_asked_and_unknown_scopes_are_left_out() -> None:
    assert made({**GOOD, "scope": "groups offline_access groups"})["scope"] == "openid groups"


REFUSED: dict[str, dict[str, Any]] = {
    "no redirect_uris": {"redirect_uris": None},
    "an empty list": {"redirect_uris": []},
    "a string": {"redirect_uris": URI},
    "a list of numbers": {"redirect_uris": [1]},
    "an auth method we lack": {"token_endpoint_auth_method": "client_secret_jwt"},
    "an auth method of another type": {"token_endpoint_auth_method": ["none"]},
    "a response type we lack": {"response_types": ["code", "token"]},
    "no code grant": {"grant_types": ["implicit"]},
    "grants as a string": {"grant_types": "authorization_code"},
    "grants as a number": {"grant_types": 1},
    "an unknown kind of application": {"application_type": "desktop"},
    "unsigned ID tokens (C-004)": {"id_token_signed_response_alg": "none"},
    "HS256": {"id_token_signed_response_alg": "HS256"},
    "scope as a list": {"scope": ["openid"]},
    "logout addresses as a string": {"post_logout_redirect_uris": URI},
    "logout addresses as a number": {"post_logout_redirect_uris": 1},
    "a logout address without https": {"post_logout_redirect_uris": ["http://rekenrijk.example/klaar"]},
    "a login address without https (C-076)": {"initiate_login_uri": "http://rekenrijk.example/begin"},
    "a login address of another type": {"initiate_login_uri": 1},
    "an empty client_id": {"client_id": ""},
    "a client_id of another type": {"client_id": 1},
    "a client_id with NUL": {"client_id": "a\0b"},
    "a client_id in another script": {"client_id": "réken"},
    "a client_id that is too long": {"client_id": "x" * 256},
    "an empty secret": {"client_secret": ""},
    "a secret that can be guessed": {"client_secret": "x" * 21},
    "a secret in another script": {"client_secret": "gehéim"},
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_used_is_refused_with_a_code_of_the_standard(kind: str) -> None:
    with pytest.raises(MetadataRefused) as refused:
        made({**GOOD, **REFUSED[kind]})
    assert refused.value.error in {"invalid_redirect_uri", "invalid_client_metadata"}


BAD_URIS = (
    "http://rekenrijk.example/callback",
    "//rekenrijk.example/callback",
    "/callback",
    "callback",
    "",
    "https://",
    "https:///callback",
    "https://rekenrijk.example/callback#stuk",  # C-047
    "https://rekenrijk.example/callback#",
    "https://noor@rekenrijk.example/callback",
    "https://noor:geheim@rekenrijk.example/callback",
    "https://rekenrijk.example\\@boos.example/",
    "https://rekenrijk.example/a b",
    "https://rekenrijk.example/\n",
    "https://rékenrijk.example/",
    "https://[::1",
    "https://rekenrijk.example:99999/",
    "https://rekenrijk.example:poort/",
    "https://rekenrijk.example/" + "x" * 2000,
    "javascript:alert(1)",
    "data:text/html,x",
    "urn:ietf:wg:oauth:2.0:oob",
    "http://localhost/callback",
    "http://127.0.0.1/callback",
)


def test_an_address_is_https_absolute_and_plain() -> None:
    for uri in BAD_URIS:
        with pytest.raises(MetadataRefused):
            check_uri(uri, loopback_allowed=False)
        with pytest.raises(MetadataRefused):
            made({"redirect_uris": [URI, uri]})
    check_uri("https://rekenrijk.example:8443/callback?a=b&c=%20", loopback_allowed=False)


def test_http_is_for_loopback_alone_and_where_allowed_alone() -> None:
    for uri in ("http://localhost:8001/x", "http://127.0.0.1:8001/x", "http://127.9.9.9/x", "http://[::1]/x"):
        made({"redirect_uris": [uri]}, loopback_allowed=True)
        made({"redirect_uris": [uri], "application_type": "native"})
        with pytest.raises(MetadataRefused):
            made({"redirect_uris": [uri]})
    for uri in (
        "http://localhost.boos.example/x",
        "http://127.0.0.1.boos.example/x",
        "http://0.0.0.0/x",
        "http://10.0.0.1/x",
    ):
        with pytest.raises(MetadataRefused):
            made({"redirect_uris": [uri]}, loopback_allowed=True)


def test_a_private_scheme_is_for_native_apps_and_has_a_dot() -> None:
    """RFC 8252 7.1: a name under a domain, so never `javascript` or `data`."""
    made({"redirect_uris": ["nl.rekenrijk.app:/klaar"], "application_type": "native"})
    for uri in ("nl.rekenrijk.app:/klaar#x", "app:/klaar", "javascript:alert(1)", "data:text/html,x"):
        with pytest.raises(MetadataRefused):
            made({"redirect_uris": [uri], "application_type": "native"})
    with pytest.raises(MetadataRefused):
        made({"redirect_uris": ["nl.rekenrijk.app:/klaar"]})


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
members = st.sampled_from(
    [
        "redirect_uris",
        "post_logout_redirect_uris",
        "grant_types",
        "response_types",
        "scope",
        "client_id",
        "client_secret",
        "token_endpoint_auth_method",
        "application_type",
        "id_token_signed_response_alg",
        "initiate_login_uri",
        "anders",
    ]
)


@given(st.dictionaries(members, json))
def test_whatever_the_file_holds_it_is_refused_in_words_or_usable(given_: dict[str, Any]) -> None:
    """Never another exception; and what is taken has only addresses that were checked."""
    try:
        whole = made({**GOOD, **given_})
    except MetadataRefused:
        return
    assert all(isinstance(uri, str) and uri.startswith("https://") for uri in whole["redirect_uris"])
    assert whole["response_types"] == ["code"]
    assert whole["token_endpoint_auth_method"] in {"client_secret_basic", "client_secret_post", "none"}
