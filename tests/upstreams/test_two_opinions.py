"""Our verifier beside libxmlsec and pysaml2 on the same Responses: where they differ, a line here says why ours is right.

libxmlsec judges each signature by the rules of XML Signature alone. pysaml2 judges a whole Response as a service provider does.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from lxml import etree

from idp.core.errors import Problem
from metadata.saml import provider_reader
from protocols.saml import wire
from protocols.saml.sp import assertion, response
from protocols.saml.sp.response import Declined, Expected
from tests.protocols.saml import party, service_provider
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.upstreams import forging, judges, provider
from tests.upstreams.forging import Forge, Make
from tests.upstreams.judges import Opinion
from tests.upstreams.provider import Told

QUESTION = "_vraag"
EXPECTED = Expected(
    provider_reader.read_idp(provider.metadata(scopes=("moo.example",))),
    provider.US,
    provider.ACS,
    QUESTION,
    0,
    fresh=False,
)


@pytest.fixture
def told() -> Told:
    """What is honestly said at this moment: pysaml2 reads the clock itself, and minutes may have passed since this module was read."""
    return Told(answers=QUESTION, now=datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def forge(told: Told) -> Forge:
    """What a forger starts from."""
    return Forge(told, rsa_pair("ours").certificate)


SIGNATURE_HOLDS: Final = {
    "C-250": "the signature holds over a Response that is not the root",
    "C-251": "the same",
    "C-252": "the signature holds over the second of two assertions",
    "C-253": "the signature holds over the inner of two assertions",
    "C-256": "the signature holds over one of two assertions",
    "C-260": "libxmlsec knows the IDs that it is told of; that one occurs twice it does not see",
    "C-261": "an empty URI means the whole document to XML Signature; here it is not the assertion by its name",
    "C-263": "another canonicalisation is legal, and not what SAML allows (Core 5.4.4)",
    "C-262": "two references are legal, and one of them is what nobody reads",
    "C-259": "the signature holds, over something else",
    "C-266": "a comment is outside every digest; whoever reads on behind it must read all of it, and we refuse",
    "C-267": "a CDATA section is the same text; an element in a name was signed so",
    "C-264": "a comment in a digest is skipped by one reader and not by the next",
    "C-270": "the other assertion is signed, or none is",
}
"""Attacks on which libxmlsec says that a signature holds. Each says why ours refuses all the same."""


# pysaml2 leaves the certificates that it wrote down open, until somebody collects them.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.fixture(scope="module")
def pysaml2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opinion]:
    # A little less patient than we are: the seconds that its clock goes on while ours stands still decide nothing.
    yield judges.pysaml2(tmp_path_factory.mktemp("pysaml2"), skew=170)
    service_provider.collect()


def ours(xml: bytes, told: Told) -> bool:
    """Whether we let somebody in by this Response, at the moment of what is told."""
    try:
        message = wire.read_post(party.form(xml).replace(b"SAMLRequest", b"SAMLResponse", 1), kind="SAMLResponse")
        proven = response.proven(message, EXPECTED, (), now=told.now)
        return not isinstance(proven, Declined) and bool(assertion.read(proven, EXPECTED, now=told.now))
    except Problem:
        return False


def libxmlsec_holds(xml: bytes) -> bool:
    """Whether any signature in the document holds by the provider's key, over whatever it refers to."""
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return False
    for signature in root.iter(f"{forging.DS}Signature"):
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(provider.KEY.certificate_pem, xmlsec.KeyFormat.CERT_PEM)
        for element in root.iter():
            if isinstance(element.tag, str) and element.get("ID"):
                # Of two elements with one ID libxmlsec knows the first.
                with contextlib.suppress(xmlsec.Error):
                    context.register_id(element, "ID")
        try:
            context.verify(signature)
        except xmlsec.Error:
            continue
        return True
    return False


@pytest.mark.parametrize("signed", ["assertion", "response", "both"])
def test_what_is_honest_is_so_in_every_opinion(pysaml2: Opinion, told: Told, signed: str) -> None:
    xml = provider.answer(told, signed=signed)
    assert (ours(xml, told), libxmlsec_holds(xml), pysaml2(xml, QUESTION)) == (True, True, True)


WIRE = [one for one in forging.ATTACKS if "C-250" <= one[0] < "C-271"]


@pytest.mark.parametrize("make", [make for _, _, make in WIRE], ids=[f"{number} {name}" for number, name, _ in WIRE])
def test_where_libxmlsec_says_yes_and_we_say_no_there_is_a_reason(forge: Forge, make: Make) -> None:
    number = next(number for number, _, one in WIRE if one is make)
    xml = make(forge)
    assert not ours(xml, forge.told)
    if libxmlsec_holds(xml):
        assert number in SIGNATURE_HOLDS


SAID = [
    (name, make)
    for number, name, make in forging.ATTACKS
    if number in {"C-219", "C-271", "C-272", "C-273", "C-275", "C-278"}
]
PYSAML2_ACCEPTS: Final = {
    "a_scope_of_another_provider": "which scopes a provider may assert stands in its metadata, which pysaml2 does not ask",
    "another_recipient": "pysaml2 looks at Recipient only where the Destination is missing; Profiles 4.1.4.3 wants it equal to our address",
    "no_audience": "pysaml2 takes a missing AudienceRestriction for everybody; Profiles 4.1.4.2 demands one that names us",
    "also_for_somebody_else_alone": "pysaml2 takes one AudienceRestriction that names it; Core 2.5.1.4 wants each of them to hold",
    "the_response_of_another_issuer": "pysaml2 takes the assertion's Issuer; the envelope of another is CVE-2026-49284",
    "confirmation_without_an_end": "Profiles 4.1.4.2 demands NotOnOrAfter in a bearer confirmation",
    "confirmation_with_a_beginning": "Profiles 4.1.4.2 forbids NotBefore in a bearer confirmation",
    "good_for_a_year": "nobody remembers for a year which assertions were used (C-274)",
    "proven_in_the_future": "pysaml2 does not look at AuthnInstant; nobody proved himself tomorrow",
    "a_sender_vouches": "Web browser SSO is by bearer (Profiles 4.1.4.2); who vouches for whom is not this profile",
    "a_signed_response_without_destination": "Bindings 3.5.5.2 demands Destination in a signed message",
}
"""What pysaml2, set as strictly as it goes, accepts and we refuse."""


@pytest.mark.parametrize("make", [make for _, make in SAID], ids=[name for name, _ in SAID])
def test_where_pysaml2_says_yes_and_we_say_no_there_is_a_reason(pysaml2: Opinion, forge: Forge, make: Make) -> None:
    xml = make(forge)
    assert not ours(xml, forge.told)
    if pysaml2(xml, QUESTION):
        assert next(name for name, one in SAID if one is make) in PYSAML2_ACCEPTS


def test_no_random_change_of_a_signed_answer_passes_here_and_fails_there(told: Told) -> None:
    """Bytes of an honest answer changed one after the other: what we still accept, libxmlsec accepts too."""
    honest = provider.answer(replace(told, attributes={provider.ECKID: ("x",)}))
    accepted = 0
    for at in range(0, len(honest), 37):
        xml = bytearray(honest)
        xml[at] ^= 1
        if ours(bytes(xml), told):
            accepted += 1
            assert libxmlsec_holds(bytes(xml)), at
    assert accepted < 40
