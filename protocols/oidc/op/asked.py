"""The authorization request, narrowed check by check (OIDC Core 3.1.2, RFC 6749 4.1, RFC 7636, RFC 9207).

Until client and redirect URI are proven, a broken rule is a page of ours; from then on it goes back to the client.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.core.errors import Problem
from idp.core.frozen import replace
from idp.http.language import first_of_ours
from idp.signin.assurance import LEVELS, Level
from metadata.oidc.clients import Client, matches
from protocols.attributes import catalogue
from protocols.oidc.op import claims
from protocols.oidc.op.claims import ClaimsRefused, Wished

LONGEST_STATE = 4096
LONGEST_NONCE = 512
LONGEST_HINT = 4096
LONGEST_WAIT = 100 * 365 * 24 * 3600


class AuthorizeError(Exception):
    """An error for the client (RFC 6749 4.1.2.1, OIDC Core 3.1.2.6). `description` is always one of our own sentences."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Asked:
    """A request whose client and redirect URI are proven; the rest is filled in by the checks. `key` is the thumbprint of the key that alone may
    redeem the code (RFC 9449 10)."""

    client_id: str
    redirect_uri: str
    state: str | None
    response_mode: str = "query"
    scope: tuple[str, ...] = ()
    nonce: str | None = None
    challenge: str = ""
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    id_token_hint: str | None = None
    login_hint: str | None = None
    pushed: str | None = None
    lang: str | None = None
    acr_values: tuple[str, ...] = ()
    wished: Wished | None = None
    key: str | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal value."""
        return {name: _plain(value) for name, value in self.__dict__.items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Asked":
        """The value that `to_json` was called on."""
        return cls(
            **{
                **stored,
                "scope": tuple(stored["scope"]),
                "acr_values": tuple(stored["acr_values"]),
                "prompt": frozenset(stored["prompt"]),
                "wished": Wished.from_json(stored["wished"]) if stored["wished"] is not None else None,
            }
        )

    @property
    def subjects(self) -> tuple[str, ...]:
        """The only persons whom the client means, by the names that it knows; none when it means whoever comes."""
        return self.wished.subjects if self.wished is not None else ()

    @property
    def least(self) -> Level:
        """What has to be reached for the client to be answered at all."""
        if self.wished is None or not self.wished.must:
            return Level.NONE
        return min(LEVELS[name] for name in self.wished.classes)


def _plain(value: Any) -> Any:
    if isinstance(value, Wished):
        return value.to_json()
    return sorted(value) if isinstance(value, frozenset) else value


@dataclass(frozen=True, slots=True)
class Unverified:
    """The parameters as they came: the first value of each name, and the names that stood twice.

    `pushed` is the name under which the client's server handed them over; None where the browser brought them (RFC 9126).
    """

    values: Mapping[str, str]
    twice: frozenset[str]
    pushed: str | None = None


def unverified(pairs: list[tuple[str, str]]) -> Unverified:
    """Names with an empty value count as left out (RFC 6749 3.1)."""
    values: dict[str, str] = {}
    twice = set()
    for name, value in pairs:
        if name in values:
            twice.add(name)
        values.setdefault(name, value)
    return Unverified({name: value for name, value in values.items() if value}, frozenset(twice))


def client_id_of(given: Unverified) -> str:
    """The client that the request names. Raises `Problem`: whom to answer is not known yet (C-111, C-112)."""
    if "client_id" in given.twice or "client_id" not in given.values:
        raise Problem("party.unknown", status=400, detail="client_id missing or twice")
    return given.values["client_id"]


def known(client: Client | None) -> Client:
    """The client, registered and in service. Raises `Problem`, never redirects (C-111, C-129)."""
    if client is None:
        raise Problem("party.unknown", status=400, detail="unknown client_id")
    if not client.enabled:
        raise Problem("party.disabled", status=403, detail=f"client {client.id} is disabled")
    return client


def check_address(client: Client, redirect_uri: str | None) -> str:
    """The redirect URI, registered. Raises `Problem`, never redirects (C-030, C-110)."""
    if redirect_uri is None or not matches(client, redirect_uri):
        told = f"redirect_uri is not registered for client {client.id}"
        raise Problem("request.redirect_uri", status=400, detail=told)
    return redirect_uri


def addressed(given: Unverified, client: Client) -> Asked:
    """Whom to answer, proven. Raises `Problem`, never redirects (C-111, C-112)."""
    redirect_uri = check_address(
        known(client), None if "redirect_uri" in given.twice else given.values.get("redirect_uri")
    )
    state = given.values.get("state")
    if state is not None and len(state) > LONGEST_STATE:
        # An answer with a part of it would be worse than none (C-098).
        raise Problem("request.invalid", status=400, detail="state is too long")
    mode = "form_post" if given.values.get("response_mode") == "form_post" else "query"
    return Asked(client.client_id, redirect_uri, state, response_mode=mode, pushed=given.pushed)


Check = Callable[[Asked, Unverified, Client], Asked]


def each_parameter_once(asked: Asked, given: Unverified, _: Client) -> Asked:
    """RFC 6749 3.1: parameters must not be included more than once."""
    if given.twice:
        raise AuthorizeError("invalid_request", "a parameter stands twice")
    return asked


def no_request_objects(asked: Asked, given: Unverified, _: Client) -> Asked:
    """OIDC Core 6: what we do not support is refused, never ignored (C-033, C-034)."""
    for name, error in (
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ):
        if name in given.values:
            raise AuthorizeError(error, f"the parameter {name} is not supported")
    return asked


def pushed_where_registered(asked: Asked, _: Unverified, client: Client) -> Asked:
    """RFC 9126 6: a client may bind itself to push every request."""
    return _pushed(asked, client)


def _pushed(asked: Asked, client: Client) -> Asked:
    if client.pushes_only and asked.pushed is None:
        raise AuthorizeError("invalid_request", "this client pushes its requests (PAR)")
    return asked


def response_type_code(asked: Asked, given: Unverified, _: Client) -> Asked:
    """Only the code flow is offered (NL GOV OIDC; C-002, C-095, C-096)."""
    kind = given.values.get("response_type")
    if kind is None:
        raise AuthorizeError("invalid_request", "response_type is missing")
    if kind != "code":
        raise AuthorizeError("unsupported_response_type", "response_type must be code")
    return asked


def response_mode_known(asked: Asked, given: Unverified, _: Client) -> Asked:
    """OAuth 2.0 Multiple Response Types 2.1 and Form Post Response Mode."""
    if given.values.get("response_mode", "query") not in {"query", "form_post"}:
        raise AuthorizeError("invalid_request", "response_mode must be query or form_post")
    return asked


def nonce_fits(asked: Asked, given: Unverified, _: Client) -> Asked:
    """C-097: kept as it is, or refused; never cut."""
    nonce = given.values.get("nonce")
    if nonce is not None and len(nonce) > LONGEST_NONCE:
        raise AuthorizeError("invalid_request", "nonce is too long")
    return replace(asked, nonce=nonce)


def scope_has_openid(asked: Asked, given: Unverified, client: Client) -> Asked:
    """OIDC Core 3.1.2.1. Scopes that we or the client do not have are ignored (3.1.2.1; C-014)."""
    wanted = given.values.get("scope", "").split()
    if "openid" not in wanted:
        raise AuthorizeError("invalid_scope", "scope must hold openid")
    allowed = tuple(name for name in dict.fromkeys(wanted) if name in client.scopes and name in catalogue.SCOPES)
    return replace(asked, scope=allowed)


_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def challenge_s256(asked: Asked, given: Unverified, client: Client) -> Asked:
    """RFC 7636 with S256, for every client (RFC 9700 2.1.1; C-088, C-089, C-113, C-114) but those with a recorded exception.

    What such a client sends is held to all the same; where it sends none, a nonce keeps a stolen code from being used (RFC 9700 2.1.1).
    """
    challenge = given.values.get("code_challenge")
    if challenge is None:
        return _excepted(asked, client)
    if given.values.get("code_challenge_method") != "S256":
        raise AuthorizeError("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise AuthorizeError("invalid_request", "code_challenge is malformed")
    return replace(asked, challenge=challenge)


def _excepted(asked: Asked, client: Client) -> Asked:
    if not client.without_pkce or client.auth_method == "none":
        raise AuthorizeError("invalid_request", "code_challenge is missing (PKCE)")
    if asked.nonce is None:
        raise AuthorizeError("invalid_request", "without PKCE a nonce is needed")
    return asked


def still_narrow(asked: Asked, client: Client) -> None:
    """What a client is held to may have grown since its request was narrowed: PKCE, and pushing it. Raises `AuthorizeError`."""
    _pushed(asked, client)
    if not asked.challenge:
        _excepted(asked, client)


PROMPTS = frozenset({"none", "login", "consent", "select_account"})


def prompt_makes_sense(asked: Asked, given: Unverified, _: Client) -> Asked:
    """OIDC Core 3.1.2.1: `none` stands alone."""
    if "prompt" not in given.values:
        return asked
    prompt = frozenset(given.values["prompt"].split())
    if prompt - PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise AuthorizeError("invalid_request", "prompt is not one of none, login, consent, select_account")
    return replace(asked, prompt=prompt)


def max_age_is_a_number(asked: Asked, given: Unverified, _: Client) -> Asked:
    """OIDC Core 3.1.2.1: whole seconds."""
    text = given.values.get("max_age")
    if text is None:
        return asked
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise AuthorizeError("invalid_request", "max_age must be a number of seconds")
    return replace(asked, max_age=min(int(text), LONGEST_WAIT))


def hints(asked: Asked, given: Unverified, _: Client) -> Asked:
    """Kept for the sign-in; whether `id_token_hint` names the person is decided when there is one."""
    login_hint = given.values.get("login_hint")
    if login_hint is None and "id_token_hint" not in given.values:
        return asked
    if len(given.values.get("id_token_hint", "")) > LONGEST_HINT:
        raise AuthorizeError("invalid_request", "id_token_hint is too long")
    return replace(asked, id_token_hint=given.values.get("id_token_hint"), login_hint=login_hint and login_hint[:254])


def language_wished(asked: Asked, given: Unverified, _: Client) -> Asked:
    """OIDC Core 3.1.2.1: `ui_locales` is a wish; what we do not speak is no error (C-025)."""
    wished = given.values.get("ui_locales")
    return asked if wished is None else replace(asked, lang=first_of_ours(wished))


def classes_wished(asked: Asked, given: Unverified, _: Client) -> Asked:
    """OIDC Core 3.1.2.1: `acr_values` is a wish, in order of preference; a class that we do not know is no error (C-027)."""
    wished = given.values.get("acr_values")
    if wished is None:
        return asked
    named = tuple(name for name in dict.fromkeys(wished.split()) if name in LEVELS)
    return replace(asked, acr_values=named)


def claims_wished(asked: Asked, given: Unverified, _: Client) -> Asked:
    """OIDC Core 5.5 (C-035). An essential `acr` of which we know no value can never be reached (5.5.1.1)."""
    text = given.values.get("claims")
    if text is None:
        return asked
    try:
        wished = claims.read(text)
    except ClaimsRefused as refused:
        raise AuthorizeError("invalid_request", str(refused)) from None
    if wished.must and not wished.classes:
        raise AuthorizeError(UNMET, "none of the essential values of acr is known here")
    return replace(asked, wished=wished, acr_values=wished.classes or asked.acr_values)


UNMET = "unmet_authentication_requirements"
"""The error for an essential `acr` that was not reached (OpenID Connect Core Error Code unmet_authentication_requirements 1.0)."""


def key_wished(asked: Asked, given: Unverified, _: Client) -> Asked:
    """RFC 9449 10: the code is good for who holds this key (C-104)."""
    key = given.values.get("dpop_jkt")
    if key is not None and not _CHALLENGE.fullmatch(key):
        raise AuthorizeError("invalid_request", "dpop_jkt is no thumbprint")
    return replace(asked, key=key) if key is not None else asked


CHECKS: tuple[Check, ...] = (
    each_parameter_once,
    nonce_fits,
    no_request_objects,
    pushed_where_registered,
    response_mode_known,
    response_type_code,
    scope_has_openid,
    challenge_s256,
    prompt_makes_sense,
    max_age_is_a_number,
    hints,
    language_wished,
    classes_wished,
    claims_wished,
    key_wished,
)


def narrowed(asked: Asked, given: Unverified, client: Client) -> Asked:
    """The request after every check. Raises `AuthorizeError` for the first that fails."""
    for check in CHECKS:
        asked = check(asked, given, client)
    return asked
