"""Telling a service provider that a session ended: by SOAP where its metadata has an address for that, else by way of the person's browser."""

from typing import Final

from consent.participants import Known, Leaving
from idp.core.crypto import Keyring, same
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.signin.logout import Means, Wire
from metadata.keys import KnownKeys, Signer
from metadata.parties import Entity
from metadata.saml import names
from protocols import subjects
from protocols.saml import logout_messages, sending
from protocols.saml.idp import answers, named
from protocols.saml.idp.addresses import FRAME, METADATA
from protocols.saml.idp.named import NameId
from protocols.saml.idp.response import Issuer

_REQUEST_ID_PARTS: Final = 3
_LONGEST_ID: Final = 80


async def tell(means: Means, leaving: Leaving) -> bool | None:
    """Asks a service provider over SOAP; None where it takes no SOAP."""
    entity = await entity_of(means, leaving)
    service = sending.service_of(entity.sp.logouts, names.SOAP_BINDING) if entity is not None else None
    if entity is None or service is None:
        return None
    made = await request(means, entity, leaving, service.location, sign="in soap")
    if made is None:
        return False
    body = sending.enveloped(made[0])
    answer = await means.post(service.location, body, kind=sending.SOAP_KIND, headers=sending.SOAP_ACTION)
    if answer is None or answer.status != 200:
        return False
    try:
        message = sending.opened(answer.body, kind="SAMLResponse")
        said = logout_messages.read_response(message, party=entity.sp, endpoint=None, now=means.floor.now)
    except Problem:
        return False
    return said.ended and same(said.in_response_to, _request_id(means.floor.keyring, leaving))


async def frame(means: Means, leaving: Leaving) -> str | None:
    """The address that the browser opens: the party's own with a signed query, or a page of ours that posts; None where it takes neither."""
    entity = await entity_of(means, leaving)
    if entity is None:
        return None
    by_query = sending.service_of(entity.sp.logouts, names.HTTP_REDIRECT)
    if by_query is not None:
        made = await request(means, entity, leaving, by_query.location, sign="outside")
        if made is None:
            return None
        xml, signer = made
        return sending.redirect(by_query.location, xml, kind="SAMLRequest", signer=signer)
    if sending.service_of(entity.sp.logouts, names.HTTP_POST) is not None:
        return f"{FRAME}/{_request_id(means.floor.keyring, leaving)}"
    return None


async def entity_of(means: Means, leaving: Leaving) -> Entity | None:
    """The service provider as it is now (D10), None when it is gone. A disabled one hears of it too: it still knows the person."""
    return await means.parties.reload_entity(leaving.name) if leaving.name is not None else None


async def issuer_for(floor: Floor, keys: KnownKeys, entity: Entity) -> tuple[Issuer, Signer]:
    """We, under the key that this party knows, and that key."""
    known = await keys.latest(now=floor.now)
    signer = known.active(entity.policy.alg, floor.now, kid=entity.signing_kid)
    return answers.issuer_of(floor.settings.base_url + METADATA, signer, "response"), signer


async def request(
    means: Means, entity: Entity, leaving: Leaving, location: str, *, sign: str
) -> tuple[bytes, Signer] | None:
    """The logout request for one service provider; None where nobody knows any more what it calls the person."""
    floor = means.floor
    name = name_of(floor, entity, leaving.known)
    if name is None:
        return None
    issuer, signer = await issuer_for(floor, means.keys, entity)
    xml = logout_messages.request(
        issuer,
        named.element(name, issuer.entity_id, entity.sp.entity_id),
        named.session_index(floor.keyring, entity.sp.entity_id, leaving.known.session_mark),
        request_id=_request_id(floor.keyring, leaving),
        to=location,
        now=floor.now,
        sign=sign,
    )
    return xml, signer


def name_of(floor: Floor, entity: Entity, known: Known) -> NameId | None:
    """The NameID by which a service provider knows the person of a session; None for a person who is gone and had a lasting one."""
    if known.seed is None and known.named != "transient":
        return None
    keyring, kind = floor.keyring, named.kind_named(known.named)
    return named.name_id(
        keyring,
        entity,
        kind,
        subject=subjects.pairwise(keyring, sector=entity.sector, seed=known.seed or b""),
        eckid=known.eckid,
        session_mark=known.session_mark,
        realm=subjects.realm_of(floor.settings.base_url),
    )


def _request_id(keyring: Keyring, leaving: Leaving) -> str:
    """The ID of our request: nobody guesses it, each try has another one, and the answer's InResponseTo leads back (C-227)."""
    mark = keyring.mac("token", "logout request", str(leaving.id), str(leaving.attempts)).hex()[:40]
    return f"_{leaving.id}.{leaving.attempts}.{mark}"


def leaving_of(keyring: Keyring, request_id: str) -> int | None:
    """Whom the request of ours with this ID told; None for an ID that is not ours."""
    parts = request_id.removeprefix("_").split(".")
    if len(parts) != _REQUEST_ID_PARTS or not all(part.isascii() and part.isdigit() for part in parts[:2]):
        return None
    if len(request_id) > _LONGEST_ID or not request_id.startswith("_"):
        return None
    mark = keyring.mac("token", "logout request", parts[0], parts[1]).hex()[:40]
    return int(parts[0]) if same(mark, parts[2]) and len(parts[0]) < 19 else None


WIRE: Final = Wire(tell, frame)
