"""From a released person to a Response: which NameID, which attributes, which key (C-217, C-220, D19, D32)."""

import functools
from datetime import UTC, datetime, timedelta

from consent.release import Released
from idp.core import ids
from idp.core.crypto import Keyring
from idp.signin import sessions
from idp.signin.sessions import Session
from metadata.keys import Signer
from metadata.parties import Entity
from metadata.saml import names
from protocols import release, subjects
from protocols.attributes.outgoing import to_saml
from protocols.saml.idp import response
from protocols.saml.idp.asked import AuthnRequest
from protocols.saml.idp.response import Answer, Issuer, NameId, Signs


@functools.lru_cache(maxsize=64)
def issuer_of(entity_id: str, signer: Signer, signs: Signs) -> Issuer:
    """What is the same in every answer under one key, made once."""
    return response.prepare(entity_id, signer, signs=signs)


def signs_for(entity: Entity) -> Signs:
    """SDP-IDP08, SDP-IDP09: the Response always; the assertion too where the party's metadata wants it."""
    return "both" if entity.sp.wants_assertions_signed else "response"


def answer(keyring: Keyring, entity: Entity, request: AuthnRequest, session: Session, released: Released) -> Answer:
    """Everything the assertion says about this person to this party."""
    subject = subjects.pairwise(keyring, sector=entity.sector, seed=released.seed)
    return Answer(
        name_id=_name_id(entity, request, released, subject),
        session_index=keyring.mac("token", "session index", session.key, entity.sp.entity_id).hex()[:32],
        authn_instant=_moment(session.proven_at),
        session_ends=_moment(session.created_at) + timedelta(seconds=sessions.LONGEST[session.kind]),
        authn_context=request.context.classes[str(int(session.level))],
        attributes=to_saml(release.person(released, subject=subject), entity.dialect),
    )


def _name_id(entity: Entity, request: AuthnRequest, released: Released, subject: str) -> NameId:
    wanted = request.name_id_format or _preferred(entity)
    if wanted == names.TRANSIENT:
        return NameId("_" + ids.short_id(), names.TRANSIENT)
    if entity.name_id == "eckid" and released.eckid is not None and wanted != names.PERSISTENT:
        # The Dutch meaning of `unspecified`: the pseudonym of the chain. Without one, the pairwise name stands in (D18).
        return NameId(released.eckid, names.UNSPECIFIED)
    return NameId(subject, names.PERSISTENT if wanted in {names.PERSISTENT, None} else wanted)


def _preferred(entity: Entity) -> str | None:
    """The first format of the party's metadata that we give; the policy decides where it names none."""
    given = (names.PERSISTENT, names.TRANSIENT, names.UNSPECIFIED)
    return next((name for name in entity.sp.name_id_formats if name in given), None)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
