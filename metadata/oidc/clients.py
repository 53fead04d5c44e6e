"""OIDC clients: RFC 7591 client metadata in, validated; a frozen `Client` out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import SplitResult, urlsplit

from idp.core.settings import is_loopback
from metadata.keys import ALGS, Alg
from metadata.oidc import client_keys
from metadata.oidc.client_keys import ASSERTION_ALGS, KeySet, KeysRefused

AuthMethod = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
AUTH_METHODS: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
GRANT_TYPES = ("authorization_code", "refresh_token")
BY_KEY: AuthMethod = "private_key_jwt"
BY_SECRET: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post")


class MetadataRefused(ValueError):
    """Client metadata that cannot be used; `error` is RFC 7591's code (3.2.2), the text says which member and why."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client as the protocol needs it. `fields` is the most its party may ever ask; `version` is the row's (D10)."""

    id: int
    version: int
    enabled: bool
    party_id: int
    party_name: str
    party_url: str | None
    fields: frozenset[str]
    sector: str
    client_id: str
    secret_hash: bytes | None
    auth_method: AuthMethod
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: frozenset[str]
    initiate_login_uri: str | None
    scopes: frozenset[str]
    alg: Alg
    native: bool
    grant_types: frozenset[str] = frozenset({"authorization_code"})
    pushes_only: bool = False
    userinfo_alg: Alg | None = None
    keys: KeySet | None = None
    assertion_algs: tuple[str, ...] = ()


def from_row(row: Mapping[str, Any]) -> Client:
    """A client from its row joined with its party."""
    plain = row["metadata"]
    return Client(
        id=row["id"],
        version=row["version"],
        enabled=row["enabled"] and row["party_enabled"],
        party_id=row["party_id"],
        party_name=row["party_name"],
        party_url=row["party_url"],
        fields=frozenset(row["fields"]),
        sector=row["sector"],
        client_id=row["client_id"],
        secret_hash=row["secret_hash"],
        auth_method=plain["token_endpoint_auth_method"],
        redirect_uris=tuple(plain["redirect_uris"]),
        post_logout_redirect_uris=frozenset(plain.get("post_logout_redirect_uris", ())),
        initiate_login_uri=plain.get("initiate_login_uri"),
        scopes=frozenset(plain["scope"].split()),
        alg=plain["id_token_signed_response_alg"],
        native=plain.get("application_type") == "native",
        grant_types=frozenset(plain["grant_types"]),
        userinfo_alg=plain.get("userinfo_signed_response_alg"),
        pushes_only=plain.get("require_pushed_authorization_requests", False),
        keys=client_keys.opened(plain["jwks"]) if plain["token_endpoint_auth_method"] == BY_KEY else None,
        assertion_algs=_assertion_algs(plain.get("token_endpoint_auth_signing_alg")),
    )


def _assertion_algs(registered: str | None) -> tuple[str, ...]:
    return ASSERTION_ALGS if registered is None else (registered,)


def validated(given: Mapping[str, Any], *, scopes: tuple[str, ...], loopback_allowed: bool) -> dict[str, Any]:
    """Client metadata with defaults filled in. Raises `MetadataRefused`.

    `scopes` are those we know; `loopback_allowed` lets web clients use http on this machine itself (only where the product runs there too).
    """
    # RFC 7591 2: a member that is null counts as left out.
    made = {name: value for name, value in given.items() if value is not None}
    made.setdefault("token_endpoint_auth_method", "client_secret_basic")
    made.setdefault("grant_types", ["authorization_code"])
    made.setdefault("response_types", ["code"])
    made.setdefault("application_type", "web")
    made.setdefault("id_token_signed_response_alg", "RS256")
    made["scope"] = _scope(made.get("scope"), scopes)
    _check_choices(made)
    _check_credentials(made)
    _check_keys(made)
    native = made["application_type"] == "native"
    uris, after = made.get("redirect_uris"), made.get("post_logout_redirect_uris", [])
    if not isinstance(uris, list) or not uris:
        raise MetadataRefused("invalid_redirect_uri", "redirect_uris must be a list of at least one address")
    if not isinstance(after, list):
        raise MetadataRefused("invalid_client_metadata", "post_logout_redirect_uris must be a list of addresses")
    for uri in (*uris, *after):
        check_uri(uri, loopback_allowed=loopback_allowed or native, private_scheme_allowed=native)
    if "initiate_login_uri" in made:
        check_uri(made["initiate_login_uri"], loopback_allowed=loopback_allowed)
    return made


def _scope(given: object, known: tuple[str, ...]) -> str:
    if given is None:
        return " ".join(known)
    if not isinstance(given, str):
        raise MetadataRefused("invalid_client_metadata", "scope must be a string of names separated by spaces")
    return " ".join(name for name in dict.fromkeys(["openid", *given.split()]) if name in known)


_CHOICES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("token_endpoint_auth_method", AUTH_METHODS),
    ("application_type", ("web", "native")),
    ("id_token_signed_response_alg", ALGS),
    ("userinfo_signed_response_alg", ALGS),
)


def _check_choices(made: Mapping[str, Any]) -> None:
    for member, allowed in _CHOICES:
        if member in made and made[member] not in allowed:
            raise MetadataRefused("invalid_client_metadata", f"{member} must be one of {', '.join(allowed)}")
    if not isinstance(made.get("require_pushed_authorization_requests", False), bool):
        raise MetadataRefused("invalid_client_metadata", "require_pushed_authorization_requests must be true or false")
    if made["response_types"] != ["code"]:
        raise MetadataRefused(
            "invalid_client_metadata", 'response_types must be ["code"]: only the code flow is offered'
        )
    if not isinstance(made["grant_types"], list) or "authorization_code" not in made["grant_types"]:
        raise MetadataRefused("invalid_client_metadata", "grant_types must hold authorization_code")


SHORTEST_SECRET: Final = 22
"""As long as 128 random bits in base64."""


def _check_credentials(made: Mapping[str, Any]) -> None:
    for member in ("client_id", "client_secret"):
        given = made.get(member, "unsaid")
        # RFC 6749, appendix A.1 and A.2: visible ASCII and the space.
        if not isinstance(given, str) or not re.fullmatch(r"[ -~]{1,255}", given):
            raise MetadataRefused("invalid_client_metadata", f"{member} must be 1 to 255 visible ASCII characters")
    # RFC 6749, 10.10: not to be guessed in 2^128 tries. No pause does that: one would hold up the party's own servers beside a machine that guesses.
    if "client_secret" in made and len(made["client_secret"]) < SHORTEST_SECRET:
        text = f"client_secret must be at least {SHORTEST_SECRET} random characters; where none is given one is made"
        raise MetadataRefused("invalid_client_metadata", text)


def _check_keys(made: dict[str, Any]) -> None:
    """Keeps of `jwks` what is used, for a client that proves itself by its key; those at a `jwks_uri` we would have to fetch (C-128)."""
    if made["token_endpoint_auth_method"] != BY_KEY:
        return
    if made.get("token_endpoint_auth_signing_alg", ASSERTION_ALGS[0]) not in ASSERTION_ALGS:
        told = f"token_endpoint_auth_signing_alg must be one of {', '.join(ASSERTION_ALGS)}"
        raise MetadataRefused("invalid_client_metadata", told)
    if "jwks" not in made:
        told = f"{BY_KEY} needs the public keys themselves, in jwks: nothing is fetched from a jwks_uri"
        raise MetadataRefused("invalid_client_metadata", told)
    try:
        made["jwks"] = client_keys.validated(made["jwks"])
    except KeysRefused as error:
        raise MetadataRefused("invalid_client_metadata", str(error)) from None


_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\<>\"{}|^`]")


def check_uri(uri: object, *, loopback_allowed: bool, private_scheme_allowed: bool = False) -> None:
    """Raises `MetadataRefused` unless the address may receive a person: https, absolute, no fragment, no user-info (C-047, C-110)."""
    if not isinstance(uri, str) or not uri.isascii() or _FORBIDDEN.search(uri) or len(uri) > 2000:
        raise MetadataRefused(
            "invalid_redirect_uri", "an address must be a plain ASCII string of at most 2000 characters"
        )
    parts = _parts(uri)
    if parts.fragment or "#" in uri:
        raise MetadataRefused("invalid_redirect_uri", f"{uri} has a fragment")
    if private_scheme_allowed and "." in parts.scheme:
        return
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise MetadataRefused("invalid_redirect_uri", f"{uri} is no absolute address without user-info")
    loopback = loopback_allowed and parts.scheme == "http" and is_loopback(parts.hostname)
    if parts.scheme != "https" and not loopback:
        raise MetadataRefused("invalid_redirect_uri", f"{uri} must begin with https://")


def _parts(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        raise MetadataRefused("invalid_redirect_uri", f"{uri} is no address: its host or port is malformed") from None
    return parts


def matches(client: Client, redirect_uri: str) -> bool:
    """Exact string comparison; native clients may vary the port of a loopback address (RFC 8252, 7.3; C-110)."""
    if redirect_uri in client.redirect_uris:
        return True
    return client.native and any(_same_but_port(known, redirect_uri) for known in client.redirect_uris)


_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([0-9]{1,5}))?(/[^#]*)?")


def _same_but_port(known: str, given: str) -> bool:
    left, right = _LOOPBACK.fullmatch(known), _LOOPBACK.fullmatch(given)
    if left is None or right is None or int(right[2] or 0) > 65535:
        return False
    return left.group(1, 3) == right.group(1, 3)
