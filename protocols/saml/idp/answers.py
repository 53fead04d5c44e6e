"""From a released person to a Response: which NameID, which attributes, which keys (C-217, C-219 to C-221, D19, D32)."""

import functools
from datetime import UTC, datetime, timedelta
from typing import Final

from consent.release import Released
from idp.core.crypto import Keyring
from idp.core.frozen import replace
from idp.signin import sessions
from idp.signin.sessions import Session
from metadata.keys import Signer
from metadata.parties import Entity
from protocols import release, subjects
from protocols.attributes import catalogue
from protocols.attributes.outgoing import to_saml
from protocols.saml import encryption
from protocols.saml.encryption import Lock
from protocols.saml.idp import named, response
from protocols.saml.idp.asked import AuthnRequest
from protocols.saml.idp.named import Kind
from protocols.saml.idp.response import Answer, Issuer, Signs

_ALWAYS: Final = frozenset({"subject", "subject_id"})


@functools.lru_cache(maxsize=64)
def issuer_of(entity_id: str, signer: Signer, signs: Signs) -> Issuer:
    """What is the same in every answer under one key, made once."""
    return response.prepare(entity_id, signer, signs=signs)


def signs_for(entity: Entity) -> Signs:
    """SDP-IDP08, SDP-IDP09: the Response always; the assertion too where the party's metadata wants it."""
    return "both" if entity.sp.wants_assertions_signed else "response"


def lock_for(entity: Entity) -> Lock | None:
    """C-219: the party's first encryption key that we can use, unless the operator was told that it cannot open what it asks to have locked."""
    keys = entity.sp.encryption
    return encryption.prepare(keys[0]) if keys and entity.policy.encrypts else None


def answer(
    keyring: Keyring, entity: Entity, request: AuthnRequest, session: Session, released: Released, *, realm: str
) -> Answer:
    """Everything the assertion says about this person to this party. `realm` is the domain behind scoped identifiers."""
    subject = subjects.pairwise(keyring, sector=entity.sector, seed=released.seed)
    wanted = entity.sp.subject_id
    common = subjects.subject_id(keyring, seed=released.seed) if wanted == "subject-id" else None
    person = release.person(released, subject=subject, realm=realm, subject_id=common)
    if entity.policy.dialect == "uri" and wanted in {"none", "subject-id"}:
        # C-221: one identifier among the attributes, or none, as the party's metadata says.
        person = replace(person, allowed=person.allowed - {"subject"})
    return Answer(
        name_id=named.name_id(
            keyring,
            entity,
            kind_of_name(entity, request),
            subject=subject,
            eckid=released.eckid,
            session_mark=session.mark,
            realm=realm,
        ),
        session_index=named.session_index(keyring, entity.sp.entity_id, session.mark),
        authn_instant=_moment(session.proven_at),
        session_ends=_moment(session.created_at) + timedelta(seconds=sessions.LONGEST[session.kind]),
        authn_context=request.context.classes[str(int(session.level))],
        attributes=to_saml(person, entity.policy.dialect),
    )


def kind_of_name(entity: Entity, request: AuthnRequest) -> Kind:
    """Which name the answer gives the person; the release record keeps it for the logout."""
    return named.kind_of(entity, request.name_id_format)


def fields_for(entity: Entity, request: AuthnRequest) -> frozenset[str]:
    """What a request wants of what the party may ask for: all of it, or what the AttributeConsumingService that it names wants (C-223).

    The pairwise name is wanted by everybody, as at the registration; whether it goes out among the attributes the metadata say (C-221).
    """
    if request.service is None:
        return entity.fields
    wanted = {one.index: one.requested for one in entity.sp.services}.get(request.service, ())
    return entity.fields & (_ALWAYS | catalogue.asked_by_attributes(attribute.name for attribute in wanted))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
