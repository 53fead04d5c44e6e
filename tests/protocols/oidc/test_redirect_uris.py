"""The comparison of redirect URIs never widens (C-110)."""

import ipaddress
from urllib.parse import urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from metadata.oidc.clients import Client, matches

REGISTERED = (
    "https://rekenrijk.example/callback",
    "https://rekenrijk.example/callback?app=1",
    "http://127.0.0.1/na/inloggen",
    "http://[::1]:4000/na/inloggen?x=1",
    "http://127.0.0.1:4000",
    "nl.example.app:/klaar",
)


def client(*, native: bool, uris: tuple[str, ...] = REGISTERED) -> Client:
    return Client(
        id=1,
        version=1,
        enabled=True,
        party_id=1,
        party_name="Rekenrijk",
        party_url=None,
        fields=frozenset(),
        sector="rekenrijk.example",
        client_id="rekenrijk",
        secret_hash=None,
        auth_method="none",
        redirect_uris=uris,
        post_logout_redirect_uris=frozenset(),
        initiate_login_uri=None,
        scopes=frozenset({"openid"}),
        alg="RS256",
        native=native,
    )


SCHEMES = ("http://", "https://", "HTTP://", "//")
HOSTS = ("127.0.0.1", "[::1]", "localhost", "127.1", "0x7f.1", "rekenrijk.example", "boos.example")
PORTS = (":", ":80", ":4000", ":65535", ":99999", ":٣", ":１２", ":-1", "@")
PATHS = ("/", "/callback", "/na/inloggen", "?app=1", "?x=1", "#", "#x", "\\", "%2e", "..", ".", " ", "\n", "é", "x")
pieces = st.sampled_from(SCHEMES + HOSTS + PORTS + PATHS)
made_up = st.lists(pieces, max_size=8).map("".join)
near = st.builds(
    lambda uri, at, put, cut: uri[: at % (len(uri) + 1)] + put + uri[at % (len(uri) + 1) + cut :],
    st.sampled_from(REGISTERED),
    st.integers(0, 60),
    pieces | st.text(max_size=3),
    st.integers(0, 4),
)


def same_but_port(known: str, given_: str) -> bool:
    """An independent judge, written from RFC 8252 7.3: both loopback IP literals over http, equal but for a decimal port."""
    if not given_.isascii() or any(c <= " " or c == "\\" for c in given_):
        return False
    try:
        left, right = urlsplit(known), urlsplit(given_)
        right_port = right.port
    except ValueError:
        return False
    try:
        loopback = ipaddress.ip_address(left.hostname or "").is_loopback
    except ValueError:
        return False
    if right.netloc.endswith(":") or (right_port is None and ":" in right.netloc.rpartition("]")[2]):
        return False
    whole = (left.scheme, left.hostname, left.path, left.query) == (
        right.scheme,
        right.hostname,
        right.path,
        right.query,
    )
    return loopback and left.scheme == "http" and whole and "@" not in right.netloc and "#" not in given_


@given(uri=made_up | near)
def test_a_web_client_gets_its_registered_strings_and_nothing_else(uri: str) -> None:
    assert matches(client(native=False), uri) == (uri in REGISTERED)


@example(uri="http://127.0.0.1:99999/na/inloggen")
@example(uri="http://127.0.0.1:１２/na/inloggen")
@given(uri=made_up | near)
def test_a_native_client_gets_in_addition_another_port_of_a_loopback_address(uri: str) -> None:
    if matches(client(native=True), uri) and uri not in REGISTERED:
        assert any(same_but_port(known, uri) for known in REGISTERED)


@given(port=st.integers(1, 65535), known=st.sampled_from(REGISTERED))
def test_every_port_is_one(port: int, known: str) -> None:
    for host in ("127.0.0.1", "[::1]"):
        if urlsplit(known).netloc.startswith(host):
            varied = urlsplit(known)._replace(netloc=f"{host}:{port}").geturl()
            assert matches(client(native=True), varied)
            assert matches(client(native=False), varied) == (varied in REGISTERED)


@given(uri=made_up | near, uris=st.lists(st.sampled_from(REGISTERED), max_size=3).map(tuple))
def test_registering_more_never_takes_away_and_less_never_adds(uri: str, uris: tuple[str, ...]) -> None:
    if matches(client(native=True, uris=uris), uri):
        assert matches(client(native=True, uris=(*uris, *REGISTERED)), uri)
    assert not matches(client(native=True, uris=()), uri)
