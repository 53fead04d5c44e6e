"""What a client's server posts to the token endpoint: the Authorization header (or nothing) in a line, and the form."""

import base64
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, unquote_plus

from idp.core.crypto import PURPOSES, DataKey, Keyring
from idp.http import forms
from idp.http.forms import Unreadable
from protocols.oidc.op import clients, codes
from protocols.oidc.op.clients import ClientRefused, Presented
from protocols.oidc.op.codes import Code, Grant, Refresh
from protocols.oidc.tokens import b64, unb64
from tests.fuzz import inputs
from tests.fuzz.jwt import NOW

KEYRING: Final = Keyring({at: DataKey(at, purpose, bytes(32)) for at, purpose in enumerate(PURPOSES, 1)})
AT: Final = datetime.fromtimestamp(NOW, UTC)
GRANT = Grant(b"g" * 16, "rekenrijk", 1, 1, 1, NOW, "urn:x", ("openid",), b"m" * 16)
CODE = codes.write_code(KEYRING, Code(GRANT, NOW, codes.redirect_mark("https://rekenrijk.example/"), "c" * 43, None))
REFRESH = codes.write_refresh(KEYRING, Refresh(GRANT, b"s" * 16, NOW, 0, ("pwd",)))
MARKS: Final = {b"CODE": CODE.encode(), b"REFRESH": REFRESH.encode()}
"""Stand in the corpus where what this run's keys sealed goes."""


def one_input(data: bytes) -> bool:
    """Refused as unreadable or as `ClientRefused`; or one client, one method, one credential, each as it stands in what came."""
    for mark, sealed in MARKS.items():
        data = data.replace(mark, sealed)
    header, _, body = inputs.read(data).body.partition(b"\n")
    authorization = header.decode("latin-1") or None
    try:
        form = forms.unique(forms.read_pairs(body))
        who = clients.presented(authorization, form)
    except (Unreadable, ClientRefused):
        return False
    _one_method(who, authorization, form)
    # Bytes first and then UTF-8, as WHATWG's reader of forms: a bare byte and an escaped one may be one letter together.
    told = parse_qs(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    assert all(told[_bytes(name)] == [_bytes(value)] for name, value in form.items())
    return _credentials(form) and bool(who.client_id)


def _bytes(text: str) -> str:
    return text.encode().decode("latin-1")


def _one_method(who: Presented, authorization: str | None, form: dict[str, str]) -> None:
    """RFC 6749 2.3: one method in a request, and no guessing between two."""
    ways = [authorization is not None, "client_secret" in form, "client_assertion" in form]
    assert sum(ways) <= 1
    if who.method == "client_secret_basic":
        scheme, _, value = (authorization or "").partition(" ")
        name, colon, secret = base64.b64decode(value.strip(), validate=True).decode("ascii").partition(":")
        assert (scheme.lower(), colon) == ("basic", ":")
        assert who.client_id == unquote_plus(name)
        assert who.secrets == (unquote_plus(secret), secret)
        assert form.get("client_id", who.client_id) == who.client_id
    else:
        assert authorization is None
        assert who.client_id == form.get("client_id", who.client_id)
    # A client that gives no name is refused where it is looked up.
    assert "\0" not in who.client_id


def _credentials(form: dict[str, str]) -> bool:
    """Whether something in the form opens. It never does but as what it was sealed as (V-20), and then it is what was sealed."""
    opened = False
    for value in form.values():
        code, chain = codes.read_code(KEYRING, value), codes.read_refresh(KEYRING, value)
        assert (code, value) == (None, value) or _same(value, CODE)
        assert (chain, value) == (None, value) or _same(value, REFRESH)
        assert codes.read_token(KEYRING, value, now=AT) is None
        assert codes.read_data(KEYRING, value, now=AT) is None
        opened |= code is not None or chain is not None
    return opened or form.get("grant_type") == "client_credentials"


def _same(value: str, sealed: str) -> bool:
    """Base64 leaves padding, the names of two characters and a few bits of the last one open; the octets are what was sealed."""
    return b64(unb64(value.rstrip("="))) == sealed
