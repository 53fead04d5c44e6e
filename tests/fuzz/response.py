"""A provider's Response, in three opinions: ours, libxmlsec's and pysaml2's. `raw`: as it came; `assertion N`, `response N`, `both N`, `encrypted N`:
signed there, and changed by so much of chance afterwards.

Where we let somebody in, the others do and name the same person. Where pysaml2 does and we do not, `EXPLAINED` says why we are right.
"""

import atexit
import functools
import tempfile
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from idp.core.errors import Problem
from metadata.decryption_keys import Opener
from metadata.saml import provider_reader
from metadata.saml.document import Malformed
from protocols.attributes.incoming import ForeignScope
from protocols.saml import wire
from protocols.saml.sp import assertion, response
from protocols.saml.sp.response import Declined, Expected
from tests.fuzz import inputs, signing
from tests.fuzz.inputs import Input
from tests.protocols.saml import party
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.party import NOW
from tests.upstreams import judges, provider

QUESTION: Final = "_vraag"
KEY = provider.KEY
OURS = rsa_pair("ours")
STRANGER = rsa_pair("stranger")
PROVIDER = provider_reader.read_idp(provider.metadata(scopes=("moo.example",)))
EXPECTED = Expected(PROVIDER, provider.US, provider.ACS, QUESTION, 0, fresh=False)
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
FOREVER: Final = 50 * 365 * 24 * 3600
"""Seconds. The corpus has its own day, and pysaml2 asks the machine what time it is: its opinion of moments is set aside."""

ONE_OF_EACH: Final = (
    *("Issuer", "Subject", "NameID", "Conditions", "AuthnStatement", "AuthnContext", "AuthnContextClassRef"),
    "SubjectConfirmationData",
)
MOMENTS: Final = ("IssueInstant", "NotBefore", "NotOnOrAfter", "AuthnInstant", "SessionNotOnOrAfter")

EXPLAINED: Final[dict[str, str]] = {
    "processing instruction": "no message needs one, and not every reader reads around it alike (C-268)",
    "comment or CDATA": "a text that two readers could take for two (C-266, C-267)",
    "a namespace that is no absolute URI": "a document with one has no canonical form; pysaml2 cuts out what is signed first (C-269)",
    "document type declaration": "refused before anything in it could act (C-202)",
    "too many elements or attributes": "time and memory have a bound (C-276)",
    "larger than": "the same",
    "no StatusCode": "Core 3.2.2 demands a Status; pysaml2 takes none for success",
    "StatusCode more than once": "which of two counts is not ours to guess (C-275)",
    "Status more than once": "the same",
    "an assertion beside a status": "the same",
    "declined": "a status that is no success brings nobody, whatever stands beside it (C-275)",
    "no Conditions": "Profiles 4.1.4.2 demands an audience, and conditions to hold it",
    "no AudienceRestriction": "pysaml2 takes a missing audience for everybody",
    "a condition that is not known here": "Core 2.5.1: whether it holds nobody can say",
    "text expected inside": "an element inside a name is a second reading of it (C-267)",
    "an assertion of another version": "Core 2.3.3: of another version nothing may be understood; pysaml2 does not look",
    "not a Response of SAML 2.0": "the same",
    "not a Response": "pysaml2 looks for an assertion in whatever it is",
    "the Response is of another issuer": "pysaml2 takes the assertion's Issuer; the envelope of another is CVE-2026-49284",
    "the assertion is of another issuer": "in a signed Response pysaml2 takes the envelope's Issuer; each must be whom we asked (C-271)",
    "the Response is for another address": "pysaml2 takes an empty Destination for none (Bindings 3.5.5.2)",
    "the assertion is for another address": "pysaml2 looks at Recipient only where there is no Destination (Profiles 4.1.4.3)",
    "the assertion answers another question": "pysaml2 takes the envelope's InResponseTo, which need not be signed (C-272)",
    "one bearer confirmation is wanted": "of two one would be somebody else's (Profiles 4.1.4.2)",
    "a bearer confirmation has an end": "Profiles 4.1.4.2: NotOnOrAfter, and no NotBefore",
    "an empty NameID": "it names nobody",
    "no NameID": "Profiles 4.1.4.2: somebody must be named",
    "no Subject": "the same",
    "no AuthnStatement": "Profiles 4.1.4.2: one is needed; pysaml2 lets in without",
    "a scope that is another's": "pysaml2 does not ask the metadata for scopes (C-278)",
    "an ID occurs twice": "of two elements with one ID a verifier and a reader could each take the other (C-260)",
    "more than one": "of two statements one would be the one that nobody looks at (C-218)",
    **{f"{name} more than once": "the same" for name in ONE_OF_EACH},
    **{f"{name} is not a moment": "when it was, or until when it holds, cannot be read" for name in MOMENTS},
    "the Response is of a time": "here pysaml2's clock is set aside",
    "the assertion is for a time": "the same",
    "the person proved himself at": "the same",
    "the provider's session is over": "the same",
}
"""What pysaml2 lets in and we refuse, by the beginning of our words, and why we are right. No broken signature is among it."""

STRICTER: Final = (
    (
        "SignatureError",
        "Invalid document format",
        "pysaml2 holds a message against the whole schema; what nobody reads nobody judges (C-233)",
    ),
    ("MustValueError", "Required value", "the same"),
    ("AttributeError", "has no attribute", "pysaml2 stumbles over an element where it expects none"),
    (
        "UnsolicitedResponse",
        "",
        "the InResponseTo that counts is the signed one, in the confirmation (Profiles 4.1.4.3)",
    ),
)
"""What pysaml2 refuses and we let in: what it raises, a part of its words, and why we are right."""


def one_input(data: bytes) -> bool:
    """Refused as `Malformed` or `ForeignScope`, declined, or let in as the judges let it in."""
    xml = sent(inputs.read(data))
    ours = verdict(xml)
    why = None if isinstance(ours, str) else ours.detail if isinstance(ours, Problem) else "declined"
    if why is not None and explained(why):
        # Whatever pysaml2 says of it, we know why: most inputs, and it is the slowest of the judges by far.
        return False
    theirs = judge()(xml, QUESTION)
    if isinstance(ours, str):
        if isinstance(theirs, Exception):
            assert stricter(theirs), f"pysaml2 refuses what we let in: {type(theirs).__name__}"
        else:
            assert ours == theirs.strip(" \t\r\n")
        return True
    assert isinstance(theirs, Exception), f"pysaml2 lets in what we refuse: {why}"
    return False


def verdict(xml: bytes) -> str | Problem | Declined:
    """The name in a Response that we believe, or what we say instead."""
    try:
        message = wire.read_post(party.form(xml).replace(b"SAMLRequest", b"SAMLResponse", 1), kind="SAMLResponse")
        response.claimed(message)
        openers = _openers() if response.is_encrypted(message) else ()
        proven = response.proven(message, EXPECTED, openers, now=NOW)
        if isinstance(proven, Declined):
            return proven
        asserted = assertion.read(proven, EXPECTED, now=NOW)
    except (Malformed, ForeignScope) as refused:
        return refused
    name_id = proven.find(f"{SAML}Subject/{SAML}NameID")
    assert name_id is not None
    assert asserted.id == proven.get("ID")
    # An encrypted one libxmlsec judges inside of pysaml2.
    assert openers or signing.holds(xml, KEY)
    return (name_id.text or "").strip(" \t\r\n")


def explained(why: str) -> bool:
    """Whether it is known why we refuse something for this reason that pysaml2 lets in."""
    return any(why.startswith(reason) for reason in EXPLAINED)


def stricter(refused: Exception) -> bool:
    """Whether it is known why pysaml2 refuses something in these words that we let in."""
    return any(type(refused).__name__ == kind and words in str(refused) for kind, words, _ in STRICTER)


def sent(given: Input) -> bytes:
    """The Response as it goes out: signed and encrypted as the first line says, as it is where that cannot be done."""
    how, key = given.how[0] if given.how else "raw", signing.signer(given.how, KEY, STRANGER)
    if how == "raw":
        return given.body
    try:
        root = etree.fromstring(given.body)
        inside = root.find(f"{SAML}Assertion")
        if inside is not None and how in {"assertion", "both", "encrypted"}:
            at = root.index(inside)
            alone = etree.tostring(inside, with_tail=False)
            signed = signing.enveloped(alone, key, seed=0)
            if how == "encrypted":
                signed = provider.encrypted(signed.decode(), OURS.certificate).encode()
            root[at] = etree.fromstring(signed)
        xml = etree.tostring(root)
    except (etree.LxmlError, ValueError):
        return given.body
    if how in {"response", "both"}:
        return signing.enveloped(xml, key, seed=given.seed)
    return signing.afterwards(xml, given.seed)


@functools.cache
def judge() -> judges.Name:
    """pysaml2 in our place."""
    # It reads its keys from files whenever it needs them.
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return judges.named_by_pysaml2(Path(folder.name), skew=FOREVER)


@functools.cache
def _openers() -> tuple[Opener, ...]:
    assert isinstance(OURS.private, rsa.RSAPrivateKey)
    return (Opener(OURS.certificate, OURS.private),)
