"""OIDC clients: RFC 7591 client metadata in, validated; a frozen `Client` out."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import SplitResult, urlsplit

from idp.core.settings import is_loopback
from metadata.keys import ALGS, Alg
from metadata.oidc import client_keys
from metadata.oidc.client_keys import ASSERTION_ALGS, KeySet, KeysRefused

AuthMethod = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
AUTH_METHODS: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
FOR_DATA: Final = "client_credentials"
BY_KEY: AuthMethod = "private_key_jwt"
PUBLIC: AuthMethod = "none"
BY_SECRET: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post")


class MetadataRefused(ValueError):
    """Client metadata that cannot be used; `error` is RFC 7591's code (3.2.2), the text says which member and why.

    `why` and `about` say the same for a page in another language: a stable word for what is wrong with an address, and that address.
    """

    def __init__(self, error: str, message: str, *, why: str = "", about: str = "") -> None:
        super().__init__(message)
        self.error = error
        self.why = why
        self.about = about


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client as the protocol needs it. `fields` is the most its party may ever ask; `version` is the row's (D10).

    `tried_at` is the reference school of a party under test, None for every other one.

    `papers` are addresses of what it tells people about itself, by `policy` and `terms`. `jwks_uri` is where it keeps its keys, if `keys` came from
    there; `logo` is the name of the picture that we keep of it.

    `bound`: its tokens are always bound to a key of its own (RFC 9449 5.2). `without_pkce`: the recorded exception of a client that cannot do it.
    `former_hash` is that of the secret before this one, good until the epoch second `former_until`.
    """

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
    bound: bool = False
    without_pkce: bool = False
    jwks_uri: str | None = None
    papers: Mapping[str, str] = field(default_factory=dict)
    logo: str | None = None
    signing_kid: str | None = None
    backchannel_logout_uri: str | None = None
    frontchannel_logout_uri: str | None = None
    tried_at: int | None = None
    former_hash: bytes | None = None
    former_until: int = 0
    party_kind: str = "publisher"


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
        signing_kid=row["signing_kid"],
        native=plain.get("application_type") == "native",
        grant_types=frozenset(plain["grant_types"]),
        userinfo_alg=plain.get("userinfo_signed_response_alg"),
        pushes_only=plain.get("require_pushed_authorization_requests", False),
        keys=client_keys.opened(plain["jwks"]) if plain["token_endpoint_auth_method"] == BY_KEY else None,
        assertion_algs=_assertion_algs(plain.get("token_endpoint_auth_signing_alg")),
        bound=plain.get("dpop_bound_access_tokens", False),
        without_pkce=bool(row["without_pkce"]),
        jwks_uri=plain.get("jwks_uri") if plain["token_endpoint_auth_method"] == BY_KEY else None,
        papers={kind: plain[member] for kind, member in PAPERS.items() if member in plain},
        logo=plain.get(LOGO),
        backchannel_logout_uri=plain.get("backchannel_logout_uri"),
        frontchannel_logout_uri=plain.get("frontchannel_logout_uri"),
        tried_at=row["tried_at"],
        former_hash=row["former_hash"],
        former_until=row["former_until"] or 0,
        party_kind=row["party_kind"],
    )


LOGO: Final = "logo_kept"
"""The member of stored metadata that names the picture which we keep; never one of what a party sends."""

PAPERS: Final = {"policy": "policy_uri", "terms": "tos_uri"}
"""What people may read about a client before they go on to it, by the member of RFC 7591 that says where it stands."""


def _assertion_algs(registered: str | None) -> tuple[str, ...]:
    return ASSERTION_ALGS if registered is None else (registered,)


def validated(
    given: Mapping[str, Any], *, scopes: Collection[str], loopback_allowed: bool, data_scopes: Collection[str] = ()
) -> dict[str, Any]:
    """Client metadata with defaults filled in. Raises `MetadataRefused`.

    `scopes` are those we know of people who sign in, `data_scopes` those of data that a server fetches by itself; `loopback_allowed` lets web clients
    use http on this machine itself (only where the product runs there too).
    """
    # RFC 7591 2: a member that is null counts as left out.
    made = {name: value for name, value in given.items() if value is not None and name != LOGO}
    made.setdefault("token_endpoint_auth_method", "client_secret_basic")
    made.setdefault("grant_types", ["authorization_code"])
    made.setdefault("response_types", ["code"] if _signs_in(made) else [])
    made.setdefault("application_type", "web")
    made.setdefault("id_token_signed_response_alg", "RS256")
    _check_choices(made)
    made["scope"] = _scope(made, scopes, data_scopes)
    _check_credentials(made)
    _check_keys(made)
    _check_addresses(made, loopback_allowed=loopback_allowed)
    return made


def _signs_in(made: Mapping[str, Any]) -> bool:
    grants = made["grant_types"]
    return not isinstance(grants, list) or "authorization_code" in grants


_OF_ITSELF: Final = ("client_uri", "logo_uri", *PAPERS.values())
"""Addresses of what a client tells people about itself (RFC 7591 2)."""


def _check_addresses(made: dict[str, Any], *, loopback_allowed: bool) -> None:
    native = made["application_type"] == "native"
    uris, after = made.setdefault("redirect_uris", []), made.get("post_logout_redirect_uris", [])
    if not isinstance(uris, list) or bool(uris) is not _signs_in(made):
        told = "redirect_uris must be a list of at least one address; of none for a client by which nobody signs in"
        raise MetadataRefused("invalid_redirect_uri", told, why="none")
    if not isinstance(after, list):
        raise MetadataRefused("invalid_client_metadata", "post_logout_redirect_uris must be a list of addresses")
    for uri in (*uris, *after):
        check_uri(uri, loopback_allowed=loopback_allowed or native, private_scheme_allowed=native)
    for member in ("initiate_login_uri", "jwks_uri", "sector_identifier_uri", *_OF_ITSELF):
        if member in made:
            check_uri(made[member], loopback_allowed=loopback_allowed)
    _check_logout(made, loopback_allowed=loopback_allowed)


def _check_logout(made: Mapping[str, Any], *, loopback_allowed: bool) -> None:
    """Back-Channel Logout 2.2, Front-Channel Logout 2. Issuer and session are told in every case, whatever `..._session_required` says."""
    for member in ("backchannel_logout_session_required", "frontchannel_logout_session_required"):
        if not isinstance(made.get(member, False), bool):
            raise MetadataRefused("invalid_client_metadata", f"{member} must be true or false")
    if "backchannel_logout_uri" in made:
        check_uri(made["backchannel_logout_uri"], loopback_allowed=loopback_allowed)
    if "frontchannel_logout_uri" in made:
        uri = made["frontchannel_logout_uri"]
        check_uri(uri, loopback_allowed=loopback_allowed)
        # Front-Channel Logout 2: a page of ours opens it in a frame, so it lies where the person goes anyway.
        if _origin(uri) not in {_origin(known) for known in made["redirect_uris"]}:
            told = "frontchannel_logout_uri must have the scheme, host and port of one of the redirect_uris"
            raise MetadataRefused("invalid_client_metadata", told, why="elsewhere", about=uri)


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port


def _scope(made: Mapping[str, Any], known: Collection[str], of_data: Collection[str]) -> str:
    given, for_people, for_data = made.get("scope"), _signs_in(made), FOR_DATA in made["grant_types"]
    if given is not None and not isinstance(given, str):
        raise MetadataRefused("invalid_client_metadata", "scope must be a string of names separated by spaces")
    # What a server fetches by itself is asked by name, unless it is all that the client is for.
    named = given.split() if given is not None else [*known] if for_people else [*of_data]
    allowed = {*(known if for_people else ()), *(of_data if for_data else ())}
    kept = [name for name in dict.fromkeys(["openid", *named]) if name in allowed]
    if not kept:
        raise MetadataRefused("invalid_client_metadata", f"scope must hold one of {', '.join(of_data)}")
    return " ".join(kept)


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
    for member in ("require_pushed_authorization_requests", "dpop_bound_access_tokens"):
        if not isinstance(made.get(member, False), bool):
            raise MetadataRefused("invalid_client_metadata", f"{member} must be true or false")
    grants = made["grant_types"]
    if not isinstance(grants, list) or not {"authorization_code", FOR_DATA}.intersection(map(str, grants)):
        raise MetadataRefused("invalid_client_metadata", f"grant_types must hold authorization_code or {FOR_DATA}")
    if FOR_DATA in grants and made["token_endpoint_auth_method"] == PUBLIC:
        # RFC 6749 4.4: whoever knows the name of a public client has proven nothing (C-114).
        raise MetadataRefused("invalid_client_metadata", f"{FOR_DATA} is for clients that prove themselves")
    if made["response_types"] != (["code"] if _signs_in(made) else []):
        told = (
            'response_types must be ["code"], the only flow that is offered; [] for a client by which nobody signs in'
        )
        raise MetadataRefused("invalid_client_metadata", told)


SHORTEST_SECRET: Final = 22
"""As long as 128 random bits in base64."""


def _check_credentials(made: Mapping[str, Any]) -> None:
    for member in ("client_id", "client_secret"):
        given = made.get(member, "unsaid")
        # RFC 6749, appendix A.1 and A.2: visible ASCII and the space.
        if not isinstance(given, str) or not re.fullmatch(r"[ -~]{1,255}", given):
            raise MetadataRefused("invalid_client_metadata", f"{member} must be 1 to 255 visible ASCII characters")
    if made.get("client_id", "unsaid").isdigit():
        # Who names a party by its number means no other one that is called so.
        raise MetadataRefused(
            "invalid_client_metadata", "client_id must not be a number: that is how parties are named"
        )
    # RFC 6749, 10.10: not to be guessed in 2^128 tries. No pause does that: one would hold up the party's own servers beside a machine that guesses.
    if "client_secret" in made and len(made["client_secret"]) < SHORTEST_SECRET:
        text = f"client_secret must be at least {SHORTEST_SECRET} random characters; where none is given one is made"
        raise MetadataRefused("invalid_client_metadata", text)


def _check_keys(made: dict[str, Any]) -> None:
    """Keeps of `jwks` what is used, for a client that proves itself by its key; those at a `jwks_uri` are fetched by `metadata.oidc.referred`."""
    if made["token_endpoint_auth_method"] != BY_KEY:
        return
    if made.get("token_endpoint_auth_signing_alg", ASSERTION_ALGS[0]) not in ASSERTION_ALGS:
        told = f"token_endpoint_auth_signing_alg must be one of {', '.join(ASSERTION_ALGS)}"
        raise MetadataRefused("invalid_client_metadata", told)
    if ("jwks" in made) is ("jwks_uri" in made):
        told = f"{BY_KEY} needs the public keys, either themselves in jwks or where they stand in jwks_uri (RFC 7591 2)"
        raise MetadataRefused("invalid_client_metadata", told)
    if "jwks" not in made:
        return
    try:
        made["jwks"] = client_keys.validated(made["jwks"])
    except KeysRefused as error:
        raise MetadataRefused("invalid_client_metadata", str(error)) from None


_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\<>\"{}|^`]")


def check_uri(uri: object, *, loopback_allowed: bool, private_scheme_allowed: bool = False) -> None:
    """Raises `MetadataRefused` unless the address may receive a person: https, absolute, no fragment, no user-info (C-047, C-110)."""
    if not isinstance(uri, str) or not uri.isascii() or _FORBIDDEN.search(uri) or len(uri) > 2000:
        raise MetadataRefused(
            "invalid_redirect_uri",
            "an address must be a plain ASCII string of at most 2000 characters",
            why="not_plain",
        )
    parts = _parts(uri)
    if parts.fragment or "#" in uri:
        raise MetadataRefused("invalid_redirect_uri", f"{uri} has a fragment", why="fragment", about=uri)
    if private_scheme_allowed and "." in parts.scheme:
        return
    if not parts.hostname or parts.username is not None or parts.password is not None:
        told = f"{uri} is no absolute address without user-info"
        raise MetadataRefused("invalid_redirect_uri", told, why="not_absolute", about=uri)
    loopback = loopback_allowed and parts.scheme == "http" and is_loopback(parts.hostname)
    if parts.scheme != "https" and not loopback:
        raise MetadataRefused("invalid_redirect_uri", f"{uri} must begin with https://", why="not_https", about=uri)


def _parts(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        told = f"{uri} is no address: its host or port is malformed"
        raise MetadataRefused("invalid_redirect_uri", told, why="malformed", about=uri) from None
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
