"""What is kept of a SAML exchange of a party under test: what the request asked and what our answer said, and never the messages themselves.

Every function here returns at once for a party that is not under test.
"""

import secrets
from typing import Any, Final

from lxml.etree import _Element as Element

from idp.core.errors import Problem
from idp.http.asking import Ask
from idp.sandbox import seen
from idp.sandbox.seen import Seen, Step
from idp.signin.sessions import Session
from metadata.parties import Entity
from metadata.saml import names
from metadata.saml.names import SAML, SAMLP
from protocols import watching
from protocols.saml.idp.asked import AuthnRequest
from protocols.saml.idp.response import Answer
from protocols.saml.status import Status
from protocols.saml.wire import UnverifiedMessage

MOST_SHOWN: Final = 6
"""Of the addresses in a party's metadata, where it asked for another one."""
PLAIN: Final = (
    "Version",
    "IssueInstant",
    "ProtocolBinding",
    "AssertionConsumerServiceIndex",
    "ForceAuthn",
    "IsPassive",
)
_ECKIDS: Final = frozenset({"eckId", "urn:mace:surf.nl:attribute-def:eckid"})


def sent(ask: Ask, entity: Entity, asked: AuthnRequest, session: Session, answer: Answer) -> None:
    """A reference person came back with an assertion."""
    if not watching.may_keep(entity.tried_at, session.school_id):
        return
    told: dict[str, Any] = {"status": "Success", "name_id_format": answer.name_id.name_format}
    told |= {"authn_context": answer.authn_context, "attributes": _attributes(answer)}
    step = Step("sso", entity.sp.entity_id, _of_asked(asked), told)
    watching.keep(ask.resources, Seen(entity.party_id, session.school_id, secrets.token_bytes(16), step))


def refused(
    ask: Ask, entity: Entity, status: Status, *, session: Session | None, message: UnverifiedMessage | None = None
) -> None:
    """The party got a status instead of an assertion."""
    school_id = watching.school_of(session)
    if not watching.may_keep(entity.tried_at, school_id):
        return
    told = {"status": _last(status.code), "detail": _last(status.detail or ""), "message": status.message or ""}
    asked = _of_message(message) if message is not None else {}
    fault = f"saml.{_last(status.detail or status.code)}"
    step = Step("sso", entity.sp.entity_id, asked, told, fault)
    watching.keep(ask.resources, Seen(entity.party_id, school_id, None, step))


def stopped(ask: Ask, issuer: str, message: UnverifiedMessage, problem: Problem) -> None:
    """Somebody got a page of ours, and the party nothing."""
    entity = ask.resources.parties.remembered_entity(issuer)
    school_id = watching.school_of(ask.visitor.session)
    if entity is None or not watching.may_keep(entity.tried_at, school_id) or problem.status >= 500:
        return
    told: dict[str, Any] = {"page": problem.code, "detail": problem.detail}
    if problem.code == "saml.address":
        told["registered"] = [service.location for service in entity.sp.by_post[:MOST_SHOWN]]
    step = Step("sso", entity.sp.entity_id, _of_message(message), told, problem.code)
    watching.keep(ask.resources, Seen(entity.party_id, school_id, None, step))


def _of_message(message: UnverifiedMessage) -> dict[str, Any]:
    root = message.root
    shown: dict[str, Any] = {name: seen.cut(value) for name in PLAIN if (value := root.get(name)) is not None}
    for name in ("Destination", "AssertionConsumerServiceURL"):
        if (value := root.get(name)) is not None:
            shown[name] = seen.address(value)
    if (value := root.get("ID")) is not None:
        shown["ID"] = {"length": len(value)}
    policy = root.find(f"{{{SAMLP}}}NameIDPolicy")
    if policy is not None:
        shown["NameIDPolicy"] = seen.cut(policy.get("Format", ""))
    if contexts := [seen.cut(_text(one)) for one in root.iter(f"{{{SAML}}}AuthnContextClassRef")][:8]:
        shown["RequestedAuthnContext"] = contexts
    signed = message.query_signature is not None or root.find(f"{{{names.DS}}}Signature") is not None
    return shown | {"binding": message.binding, "signature": signed} | _relay_state(message.relay_state)


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _of_asked(asked: AuthnRequest) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "AssertionConsumerServiceURL": seen.address(asked.reply_to.location),
        "ID": {"length": len(asked.reply_to.in_response_to)},
        "signature": asked.signed,
    }
    if asked.name_id_format is not None:
        shown["NameIDPolicy"] = asked.name_id_format
    flags = {"ForceAuthn": asked.force, "IsPassive": asked.passive}
    shown |= {name: "true" for name, value in flags.items() if value}
    return shown | _relay_state(asked.reply_to.relay_state)


def _relay_state(value: str | None) -> dict[str, Any]:
    return {"RelayState": {"length": len(value)}} if value is not None else {}


def _attributes(answer: Answer) -> dict[str, Any]:
    # D40: an ECK-iD stands on no page, not even a made-up one.
    return {
        one.friendly_name or one.name: {"length": len(one.values[0])} if one.name in _ECKIDS else list(one.values)
        for one in answer.attributes
    }


def _last(urn: str) -> str:
    return urn.rpartition(":")[2]
