"""C-058 and C-100: a client proves itself by a JWT under its own key (RFC 7523), made by joserfc and by Authlib."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2 as httpx
import pytest
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from idp.main import create_app
from metadata.oidc.clients import MetadataRefused
from tests.attacks.forged_tokens import FORGERIES, Forger
from tests.conformance.relying_party import (
    Arrival,
    arrives,
    b64,
    basic,
    change_metadata,
    post_token,
    register,
    token_form,
    unb64,
    verified,
)
from tests.house import BASE, House, authorize_url, beside
from tests.protocols.saml.keys import ec_pair, rsa_pair

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EC = ECKey.import_key(ec_pair("client").pem, {"kid": "ec"})
RSA = RSAKey.import_key(rsa_pair("client").pem, {"kid": "rsa"})
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256."""
JWKS = {"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]}


def claims(house: House, **changes: Any) -> dict[str, Any]:
    """What a good assertion says; a change to None leaves the member out."""
    now = int(house.clock.now.timestamp())
    said = {"iss": "sleutel", "sub": "sleutel", "aud": BASE, "jti": f"j{next(TURN)}", "iat": now, "exp": now + 60}
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


TURN = iter(range(1, 10_000))


def assertion(house: House, *, key: ECKey | RSAKey = EC, alg: str = "ES256", **changes: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid}, claims(house, **changes), key, algorithms=[alg])


async def arrival_of(house: House) -> Arrival:
    await register(house, "sleutel", token_endpoint_auth_method="private_key_jwt", jwks=JWKS)
    return await arrives(house, client_id="sleutel")


async def asks(arrival: Arrival, given: str, **changes: str | None) -> httpx.Response:
    proof = {"client_assertion": given, "client_assertion_type": TYPE, **changes}
    return await post_token(arrival.browser, token_form(arrival, **proof))


async def refused(arrival: Arrival, given: str, why: object, **changes: str | None) -> None:
    response = await asks(arrival, given, **changes)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), why
    assert not given or given not in response.text


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES256"), (RSA, "RS256"), (RSA, "PS256")])
async def test_c058_an_assertion_for_the_issuer_proves_the_client(house: House, key: ECKey | RSAKey, alg: str) -> None:
    arrival = await arrival_of(house)
    response = await asks(arrival, assertion(house, key=key, alg=alg), client_id="sleutel" if key is EC else None)
    assert response.status_code == 200
    await verified(house, arrival.browser, response.json(), client_id="sleutel")


async def test_c058_software_that_we_did_not_write_makes_one_that_fits(house: House) -> None:
    arrival = await arrival_of(house)
    now = int(house.clock.now.timestamp())
    made = private_key_jwt_sign(
        RSA, "sleutel", BASE, alg="RS256", header={"kid": "rsa"}, issued_at=now, expires_in=3600
    )
    assert (await asks(arrival, made)).status_code == 200


async def test_c100_each_assertion_is_good_once_on_every_node(house: House) -> None:
    arrival = await arrival_of(house)
    proof = assertion(house)
    other = create_app(house.floor.settings, clock=house.clock, seconds=house.clock.seconds)
    async with other.router.lifespan_context(other):
        elsewhere = beside(house, other)
        assert (await asks(arrival, proof)).status_code == 200
        again = await arrives(house, arrival.browser, client_id="sleutel")
        await refused(again, proof, "again")
        if house.floor.settings.redis_url:
            response = await post_token(
                elsewhere.browser(), token_form(again, client_assertion=proof, client_assertion_type=TYPE)
            )
            assert response.json()["error"] == "invalid_client"
        await elsewhere.close()
    # The refusal cost the client nothing but its proof.
    assert (await asks(again, assertion(house))).status_code == 200


async def test_c100_c127_an_assertion_written_otherwise_is_no_other_one(house: House) -> None:
    """Of an ES256 signature (r, s) anybody makes a second one that holds, (r, n - s), without the key; and base64 has unused bits."""
    arrival = await arrival_of(house)
    proof = assertion(house)
    signed, _, signature = proof.rpartition(".")
    raw = unb64(signature)
    twin = f"{signed}.{b64(raw[:32] + (ORDER - int.from_bytes(raw[32:])).to_bytes(32))}"
    assert jwt.decode(twin, EC, algorithms=["ES256"]).claims["sub"] == "sleutel", "it holds"
    assert (await asks(arrival, proof)).status_code == 200
    again = await arrives(house, arrival.browser, client_id="sleutel")
    for other in (twin, proof + "=", proof + "\n", f"{signed}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}"):
        await refused(again, other, "written otherwise")
    assert (await asks(again, assertion(house))).status_code == 200


async def test_c100_a_wrong_assertion_proves_nobody(house: House) -> None:
    """FAPI 2.0: the issuer as one string, neither the address of an endpoint nor a list."""
    arrival = await arrival_of(house)
    now = int(house.clock.now.timestamp())
    wrong: list[dict[str, Any]] = [
        *({"aud": aud} for aud in (None, f"{BASE}/oidc/token", BASE + "/", [BASE], "https://elders.example", 1, "")),
        *({"exp": exp} for exp in (None, now - 300, now - 60, now + 4000, str(now + 60), True, 1e300)),
        *({name: now + 300} for name in ("nbf", "iat")),
        {"iat": "nu"},
        *({"sub": sub} for sub in (None, "rekenrijk", ["sleutel"], 1)),
        *({"iss": iss} for iss in (None, "rekenrijk", ["sleutel"])),
        *({"jti": jti} for jti in (None, "", "x" * 256, 7)),
    ]
    for changes in wrong:
        await refused(arrival, assertion(house, **changes), changes)
    stranger = ECKey.import_key(ec_pair("stranger").pem, {"kid": "ec"})
    await refused(arrival, assertion(house, key=stranger), "a stranger's key under its kid")
    await refused(arrival, assertion(house), "another name", client_id="rekenrijk")
    await refused(arrival, assertion(house), "two proofs", client_secret="x")
    await refused(arrival, assertion(house), "another type", client_assertion_type="jwt")
    await refused(arrival, assertion(house), "no type", client_assertion_type=None)
    await refused(arrival, "", "empty")
    form = token_form(arrival, client_assertion=assertion(house), client_assertion_type=TYPE)
    response = await post_token(arrival.browser, form, headers=basic("sleutel", "x"))
    assert response.json()["error"] == "invalid_client"
    # Nobody's tries cost the client its code.
    assert (await asks(arrival, assertion(house))).status_code == 200


async def test_c100_pushed_requests_take_the_issuer_alone_and_each_assertion_once(house: House) -> None:
    """FAPI 2.0, 5.3.2.1: neither the address of that endpoint nor of the other, nor a list with the right one in it."""
    arrival = await arrival_of(house)
    query = dict(parse_qsl(urlsplit(authorize_url(client_id="sleutel").url).query))

    async def pushes(given: str) -> httpx.Response:
        proof = {"client_assertion": given, "client_assertion_type": TYPE}
        return await arrival.browser.client.post("/oidc/par", data={**query, **proof})

    for aud in ([BASE], [BASE, f"{BASE}/oidc/par"], f"{BASE}/oidc/par", f"{BASE}/oidc/token", BASE + "/", None):
        response = await pushes(assertion(house, aud=aud))
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), aud
    once = assertion(house)
    assert (await pushes(once)).status_code == 201
    assert (await pushes(once)).status_code == 401
    await refused(arrival, once, "good for one call, at whichever endpoint")


async def test_c114_a_client_with_a_key_is_not_proven_without_it(house: House) -> None:
    arrival = await arrival_of(house)
    for body in ({"client_id": "sleutel"}, {"client_id": "sleutel", "client_secret": "sleutel"}):
        response = await post_token(arrival.browser, token_form(arrival, **body))
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    other = await arrives(house, arrival.browser)
    await refused(other, assertion(house, iss="rekenrijk", sub="rekenrijk"), "a client of another method")


async def test_c127_v11_to_v17_forged_assertions_prove_nobody(house: House) -> None:
    arrival = await arrival_of(house)
    genuine = assertion(house, key=RSA, alg="RS256")
    public = {name: str(value) for name, value in RSA.as_dict(private=False).items()}
    private: Any = rsa_pair("stranger").private
    forger = Forger(genuine, {"alg": "RS256", "kid": "rsa"}, claims(house), public, private)
    for kind in FORGERIES:
        await refused(arrival, forger.make(kind), kind)
    assert (await asks(arrival, genuine)).status_code == 200


async def test_c055_c127_a_registration_chooses_algorithm_and_keys(house: House) -> None:
    arrival = await arrival_of(house)
    await change_metadata(house, "sleutel", token_endpoint_auth_signing_alg="ES256")
    await refused(arrival, assertion(house, key=RSA, alg="RS256"), "an algorithm that was not registered")
    await change_metadata(house, "sleutel", jwks={"keys": [RSA.as_dict(private=False)]})
    await change_metadata(house, "sleutel", token_endpoint_auth_signing_alg="PS256")
    await refused(arrival, assertion(house), "a key that is not registered any more")
    assert (await asks(arrival, assertion(house, key=RSA, alg="PS256"))).status_code == 200


BAD_KEYS: dict[str, Any] = {
    "none": None,
    "an address instead": {"uri": "https://rekenrijk.example/jwks"},
    "no list": {"keys": EC.as_dict(private=False)},
    "an empty list": {"keys": []},
    "too many": {"keys": [{**EC.as_dict(private=False), "kid": str(n)} for n in range(21)]},
    "a private key": {"keys": [EC.as_dict(private=True)]},
    "a secret": {"keys": [{"kty": "oct", "k": "c2xldXRlbA"}]},
    "a short RSA key": {"keys": [{**RSA.as_dict(private=False), "n": "z" * 170}]},
    "another curve": {"keys": [{**EC.as_dict(private=False), "crv": "P-384"}]},
    "half a key": {"keys": [{"kty": "EC", "crv": "P-256", "x": "AAAA"}]},
    "a key of another use": {"keys": [{**EC.as_dict(private=False), "use": "enc"}]},
    "a key of another algorithm": {"keys": [{**RSA.as_dict(private=False), "alg": "RS512"}]},
    "two of one name": {"keys": [EC.as_dict(private=False), {**RSA.as_dict(private=False), "kid": "ec"}]},
    "a name of another type": {"keys": [{**EC.as_dict(private=False), "kid": 1}]},
    "no objects": {"keys": ["ec"]},
}


async def test_c127_c128_keys_that_cannot_be_used_are_refused_at_registration(house: House) -> None:
    for why, jwks in BAD_KEYS.items():
        with pytest.raises(MetadataRefused, match=r"jwks|private_key_jwt") as error:
            await register(house, "slecht", token_endpoint_auth_method="private_key_jwt", jwks=jwks)
        assert error.value.error == "invalid_client_metadata", why
    with pytest.raises(MetadataRefused, match="signing_alg"):
        await register(
            house,
            "slecht",
            token_endpoint_auth_method="private_key_jwt",
            jwks=JWKS,
            token_endpoint_auth_signing_alg="HS256",
        )
