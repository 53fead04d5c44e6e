"""Authorization requests: `query`, to a client that must use PKCE; `without_pkce`, to one that need not; `pushes`, to one that must push."""

import json
import re
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

from idp.core.errors import Problem
from idp.http import forms
from idp.http.forms import Unreadable
from metadata.oidc.clients import Client
from protocols.attributes import catalogue
from protocols.oidc.op import asked
from protocols.oidc.op.asked import Asked, AuthorizeError
from tests.fuzz import inputs
from tests.fuzz.inputs import BrokenContract
from tests.protocols.oidc.test_redirect_uris import REGISTERED, client, same_but_port

USUAL = replace(client(native=True), scopes=frozenset(catalogue.SCOPES))
CLIENTS: Final = {
    "query": USUAL,
    "without_pkce": replace(USUAL, without_pkce=True, auth_method="client_secret_basic"),
    "pushes": replace(USUAL, pushes_only=True),
}
PAGES: Final = {"party.unknown", "request.redirect_uri", "request.invalid"}
ERRORS: Final = {
    *("invalid_request", "invalid_scope", "unsupported_response_type", "request_not_supported", asked.UNMET),
    *("request_uri_not_supported", "registration_not_supported"),
}


def one_input(data: bytes) -> bool:
    """A page for the person, an error for the client, or a request whose every value stands just so in what came."""
    given = inputs.read(data)
    ours = CLIENTS.get(given.how[0] if given.how else "", USUAL)
    to_whom: Asked | None = None
    try:
        unverified = asked.unverified(forms.read_pairs(given.body))
        known = ours if asked.client_id_of(unverified) == ours.client_id else None
        to_whom = asked.addressed(unverified, asked.known(known))
        narrowed = asked.narrowed(to_whom, unverified, ours)
    except Unreadable:
        return False
    except Problem as problem:
        # C-111: nobody is redirected before the address is proven.
        return _let_go(to_whom is None and problem.code in PAGES)
    except AuthorizeError as refused:
        return _let_go(to_whom is not None and refused.error in ERRORS)
    _judged(narrowed, given.body, ours)
    return True


def _let_go(rightly: bool) -> bool:
    if not rightly:
        raise BrokenContract("refused in the wrong way")
    return False


def _judged(read: Asked, query: bytes, ours: Client) -> None:
    told = dict(pair for pair in parse_qsl(query.decode(), errors="strict") if pair[1])
    assert told["response_type"] == "code"
    assert told["client_id"] == ours.client_id
    # C-110: as it is registered, but for the port of this machine.
    uri = told["redirect_uri"]
    assert uri == read.redirect_uri
    assert uri in REGISTERED or any(same_but_port(known, uri) for known in REGISTERED)
    assert (told.get("state"), told.get("nonce")) == (read.state, read.nonce)
    assert "openid" in told["scope"].split()
    assert set(read.scope) <= set(told["scope"].split()) & ours.scopes
    if read.challenge or not ours.without_pkce:
        assert re.fullmatch(r"[\w-]{43}", told["code_challenge"], re.ASCII)
        assert (told["code_challenge"], told["code_challenge_method"]) == (read.challenge, "S256")
    assert read.max_age is None or 0 <= read.max_age <= asked.LONGEST_WAIT
    assert not ours.pushes_only
    # It waits in the store as JSON, and comes back as it was.
    assert Asked.from_json(json.loads(json.dumps(read.to_json()))) == read
