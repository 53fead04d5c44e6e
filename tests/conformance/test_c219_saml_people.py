"""C-219 to C-223: whom a SAML party is told of and what: encrypted or not, by which name, which attributes, in which dialect."""

import re
from collections.abc import AsyncIterator

import pytest
from lxml import etree
from sqlalchemy import insert, select, update

from consent import ticks
from directory.models import Employment, EmploymentRole, Enrolment
from metadata.saml.policy import Policy
from protocols.attributes import catalogue
from tests.conformance.saml_party import (
    BASIC,
    ECKID_NAME,
    FORMATS,
    NOOR,
    NS,
    OURSELVES,
    PAIRWISE_ID,
    SUBJECT_ID,
    URI,
    Answer,
    answer,
    ask,
    connect,
    document,
    key,
    one_house,
    says_yes,
    verified,
)
from tests.house import ECKID, House, pupil_signs_in, signed_in
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import ec_pair, rsa_pair
from tests.storage import Storage


@pytest.fixture(scope="module")
async def house(storage: Storage) -> AsyncIterator[House]:
    async with one_house(storage) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def as_agreed(house: House) -> None:
    await says_yes(house)


METHODS = (
    '<md:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/>'
    '<md:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>'
    '<md:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep">'
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    '<xenc11:MGF Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/></md:EncryptionMethod>'
)


@pytest.mark.parametrize(
    ("methods", "content", "transport"),
    [
        ("", "http://www.w3.org/2009/xmlenc11#aes128-gcm", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"),
        (METHODS, "http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2009/xmlenc11#rsa-oaep"),
    ],
)
async def test_c219_an_assertion_is_encrypted_where_the_party_has_a_key_for_it(
    house: House, methods: str, content: str, transport: str
) -> None:
    """C-210, C-231: by the methods that it lists; an expired certificate is a key like any other."""
    expired, other = rsa_pair("one", expired=True), rsa_pair("sp")
    keys = key(ec_pair("four"), "signing") + key(expired, "encryption", methods) + key(other, "encryption")
    browser = await signed_in(house, "juf")
    for role in ("", ' WantAssertionsSigned="true"'):
        await connect(house, document(keys=keys, role=role))
        page = await ask(house, browser)
        found = answer(page, opens=expired)
        methods_used = [element.get("Algorithm") for element in found.root.iterfind(".//xenc:EncryptionMethod", NS)]
        assert methods_used == [content, transport]
        await verified(house, found, *([found.root, found.told] if role else [found.root]))
        assert found.attributes["urn:oid:0.9.2342.19200300.100.1.3"] == ["juf@regenboog.example"]
        assert b"juf@" not in found.octets
        with pytest.raises(Exception, match="decrypt"):
            answer(page, opens=other)
    refused = answer(await ask(house, browser, IsPassive="true", ForceAuthn="true"))
    assert refused.root.find(".//xenc:EncryptedData", NS) is None
    await connect(house, document(keys=keys), Policy(encrypts=False))
    assert answer(await ask(house, browser)).told is not None, "the operator knows that it cannot open them"


async def test_c220_c221_a_person_is_named_as_the_party_asks(house: House) -> None:
    """C-222, D18, D19: and always by names that do not differ by case only."""
    browser = await signed_in(house, "juf")
    realm = "inloggen.example"
    policy = '<samlp:NameIDPolicy Format="{}"/>'

    async def named(inside: str = "") -> Answer:
        found = answer(await ask(house, browser, inside=inside))
        assert (found.name_id.text or "").lower() == found.name_id.text
        return found

    await connect(house)
    pairwise = (await named()).attributes[PAIRWISE_ID][0].removesuffix(f"@{realm}")
    assert re.fullmatch(r"[0-9a-f]{64}", pairwise)
    for inside in ("", '<samlp:NameIDPolicy AllowCreate="true"/>', policy.format(FORMATS["transient"])):
        first, again = [await named(inside) for _ in range(2)]
        assert first.name_id.get("Format") == again.name_id.get("Format") == FORMATS["transient"]
        # The same for as long as the session lasts, so that a logout can name it (C-230); another one in the next.
        assert first.name_id.text == again.name_id.text
        assert first.attributes[PAIRWISE_ID] == again.attributes[PAIRWISE_ID] == [f"{pairwise}@{realm}"]
    for allow in ("", ' AllowCreate="true"', ' AllowCreate="false"'):
        found = await named(
            f'<samlp:NameIDPolicy{allow} SPNameQualifier="{sp.ENTITY}" Format="{FORMATS["persistent"]}"/>'
        )
        assert found.name_id.text == pairwise
        assert (found.name_id.get("NameQualifier"), found.name_id.get("SPNameQualifier")) == (OURSELVES, sp.ENTITY)
    unspecified = await named(policy.format(FORMATS["unspecified"]))
    assert (unspecified.name_id.get("Format"), unspecified.name_id.text) == (
        FORMATS["unspecified"],
        f"{pairwise}@{realm}",
    )
    for wrong in (
        policy.format(FORMATS["email"]),
        policy.format("urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted"),
        '<samlp:NameIDPolicy SPNameQualifier="https://andere.example"/>',
    ):
        refused = answer(await ask(house, browser, inside=wrong))
        assert (refused.statuses, refused.assertion) == (["Requester", "InvalidNameIDPolicy"], None)
    await connect(house, document(formats=["email", "persistent", "transient"]))
    assert (await named()).name_id.text == pairwise, "the first of its metadata that we give"


async def test_c221_the_identifier_among_the_attributes_is_the_one_that_the_metadata_demands(house: House) -> None:
    browser = await signed_in(house, "juf")
    for wanted, there in (
        ("pairwise-id", {PAIRWISE_ID}),
        ("any", {PAIRWISE_ID}),
        ("none", set()),
        ("subject-id", {SUBJECT_ID}),
    ):
        await connect(house, document(subject_id=wanted))
        found = answer(await ask(house, browser)).attributes
        assert {PAIRWISE_ID, SUBJECT_ID} & found.keys() == there
    common = found[SUBJECT_ID]
    assert re.fullmatch(r"[0-9a-f]{64}@inloggen\.example", common[0])
    async with house.floor.database.begin() as db:
        ticked = catalogue.NAMES - {"subject_id"}
        await ticks.give(db, house.school.id, house.party_id, ticked, now=house.clock.now, by="test")
    assert not {PAIRWISE_ID, SUBJECT_ID} & answer(await ask(house, browser)).attributes.keys(), "the school unticked it"
    ours = etree.fromstring((await browser.get("/saml/metadata")).response.content)
    scopes = [scope.text for scope in ours.iter("{urn:mace:shibboleth:metadata:1.0}Scope")]
    assert scopes == ["inloggen.example"], "what is behind the @ is what the metadata say"


async def test_c222_c223_attributes_are_those_that_are_asked_and_ticked_in_the_dialect_of_the_party(
    house: House,
) -> None:
    """D20, D21, D32."""
    await connect(house)
    employed = select(Employment.id).where(Employment.person_id == house.people["juf"]).scalar_subquery()
    async with house.floor.database.begin() as db:
        await db.execute(insert(EmploymentRole).values(employment_id=employed, role="ib"))
        # A child of another year than its group's: its own one counts (D21).
        own = update(Enrolment).where(Enrolment.person_id == house.people["Noor"])
        await db.execute(own.values(year_group="5"))
    child = house.browser()
    found = answer(await pupil_signs_in(child, await ask(house, child), house, *NOOR))
    told = found.attributes
    assert told[ECKID_NAME] == [ECKID]
    assert told["urn:poortwachter:attribute:jaargroep"] == ["5"]
    assert told["urn:poortwachter:attribute:group"] == ["Groep 6"]
    assert told["urn:poortwachter:attribute:instelling-ref"] == [house.school.instelling_ref]
    assert told["urn:oid:1.3.6.1.4.1.5923.1.1.1.1"] == ["student", "member"]
    for attribute in found.told.iterfind(".//saml:Attribute", NS):
        assert attribute.get("NameFormat") == URI
        assert len(attribute)
        assert all(len(value) == 0 and value.text for value in attribute)
    await connect(house, policy=Policy(dialect="entree"))
    found = answer(await ask(house, child))
    assert {one.get("NameFormat") for one in found.told.iterfind(".//saml:Attribute", NS)} == {BASIC}
    assert found.attributes["eckId"] == [ECKID]
    assert found.attributes["nlEduPersonUnit"] == ["Groep 6"]
    assert found.attributes["uid"] == [found.name_id.text], "the NameID is the uid (domain of Entree)"
    assert found.name_id.get("Format") == FORMATS["unspecified"]
    teacher = answer(await ask(house, await signed_in(house, "juf"))).attributes
    assert (set(teacher["role"]), teacher["eduPersonAffiliation"]) == ({"Leerkracht", "IBRTer"}, ["employee"])
    await connect(house)
    async with house.floor.database.begin() as db:
        ticked = {"first_name", "subject"}
        await ticks.give(db, house.school.id, house.party_id, ticked, now=house.clock.now, by="test")
    assert answer(await ask(house, child)).attributes.keys() == {PAIRWISE_ID, "urn:oid:2.5.4.42"}


async def test_c223_a_service_of_the_metadata_is_asked_for_by_its_number_and_gets_no_more(house: House) -> None:
    """Core 3.4.1, Metadata 2.4.4.1: less than the party may ask, never more than the school ticked; a number that nobody explained is refused."""
    first, mail = "urn:oid:2.5.4.42", "urn:oid:0.9.2342.19200300.100.1.3"
    await connect(house, document(services={0: [first], 7: ["mail", "urn:oid:9.9.9"], 65535: []}))
    browser = await signed_in(house, "juf")

    async def told(index: str | None) -> set[str]:
        return set(answer(await ask(house, browser, AttributeConsumingServiceIndex=index)).attributes)

    assert {first, mail, PAIRWISE_ID} < await told(None)
    assert await told("0") == {PAIRWISE_ID, first}
    assert await told("7") == await told("007") == {PAIRWISE_ID, mail}
    assert await told("65535") == {PAIRWISE_ID}
    for wrong in ("1", "", "-7", "7.0", "70000", "zeven", "٧"):
        refused = answer(await ask(house, browser, AttributeConsumingServiceIndex=wrong))
        assert (refused.statuses, refused.assertion) == (["Requester"], None), wrong
    # Also where a sign-in lies between question and answer.
    child = house.browser()
    page = await ask(house, child, AttributeConsumingServiceIndex="0")
    assert set(answer(await pupil_signs_in(child, page, house, *NOOR)).attributes) == {PAIRWISE_ID, first}
    async with house.floor.database.begin() as db:
        ticked = {"subject", "email"}
        await ticks.give(db, house.school.id, house.party_id, ticked, now=house.clock.now, by="test")
    assert await told("0") == {PAIRWISE_ID}
    await connect(house)
    assert answer(await ask(house, browser, AttributeConsumingServiceIndex="0")).statuses == ["Requester"]
