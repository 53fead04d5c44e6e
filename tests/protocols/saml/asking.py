"""The shortest way to ask: a request over one of the bindings, read as the identity provider reads it."""

from datetime import datetime

from metadata.saml.party import SamlParty
from protocols.saml import wire
from protocols.saml.idp import request
from protocols.saml.idp.asked import AuthnRequest
from protocols.saml.idp.request import Refusal
from protocols.saml.status import Status
from tests.protocols.saml import party
from tests.protocols.saml.party import ENDPOINT, HERE, NOW

Outcome = AuthnRequest | Refusal


def by_query(query: bytes, *, of: SamlParty | None = None, now: datetime = NOW) -> Outcome:
    message = wire.read_redirect(query, kind="SAMLRequest")
    return request.read(message, party=of or party.party(), endpoint=ENDPOINT, here=HERE, now=now)


def by_form(body: bytes, *, of: SamlParty | None = None, now: datetime = NOW) -> Outcome:
    message = wire.read_post(body, kind="SAMLRequest")
    return request.read(message, party=of or party.party(), endpoint=ENDPOINT, here=HERE, now=now)


def by_redirect(xml: bytes, *, of: SamlParty | None = None, now: datetime = NOW) -> Outcome:
    return by_query(party.redirect(xml), of=of, now=now)


def by_post(xml: bytes, *, of: SamlParty | None = None, now: datetime = NOW) -> Outcome:
    return by_form(party.form(xml), of=of, now=now)


def accepted(outcome: Outcome) -> AuthnRequest:
    assert isinstance(outcome, AuthnRequest)
    return outcome


def refused(outcome: Outcome) -> Status:
    assert isinstance(outcome, Refusal)
    return outcome.status
