"""Software that holds a key and proves it (RFC 9449), with joserfc; each part of a proof can be made wrong."""

import hashlib
import itertools
import json
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from tests.conformance.relying_party import b64
from tests.house import BASE, House
from tests.protocols.saml.keys import ec_pair, rsa_pair

KEY = ECKey.import_key(ec_pair("client").pem)
OTHER = ECKey.import_key(ec_pair("stranger").pem)
RSA = RSAKey.import_key(rsa_pair("client").pem)
ANYTHING = jws.JWSRegistry(algorithms=["ES256", "PS256", "RS256"], strict_check_header=False)
TURN = itertools.count()


def proof(
    house: House,
    path: str = "/oidc/token",
    method: str = "POST",
    *,
    token: str | None = None,
    key: ECKey | RSAKey = KEY,
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """A proof for a call; a header member or claim of None is left out."""
    said = {"jti": f"d{next(TURN)}", "htm": method, "htu": BASE + path, "iat": int(house.clock.now.timestamp())}
    if token is not None:
        said["ath"] = b64(hashlib.sha256(token.encode()).digest())
    alg = "ES256" if isinstance(key, ECKey) else "PS256"
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": key.as_dict(private=False), **(header or {})}
    kept = [{name: value for name, value in part.items() if value is not None} for part in (head, {**said, **claims})]
    return jws.serialize_compact(kept[0], json.dumps(kept[1]), key, registry=ANYTHING)


def shown(proof_: str, **more: str) -> dict[str, str]:
    """The headers of a call with this proof."""
    return {"DPoP": proof_, **more}


def thumbprint(key: ECKey | RSAKey = KEY) -> str:
    """The name of a key (RFC 7638)."""
    return str(key.thumbprint())
