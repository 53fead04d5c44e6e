"""The checklist: what right software does, and whether this party's was seen doing it."""

from starlette.responses import Response
from starlette.routing import Route

from directory.reference import people as reference_people
from idp.core import ledger
from idp.sandbox import checking, exchanges, probing
from idp.web.party import frame
from idp.web.party.guards import ADDRESS, Contact, Form, act, while_tested
from metadata import connections


async def show(contact: Contact) -> Response:
    """Every line, for each connection."""
    async with contact.floor.database.read() as db:
        seen = await exchanges.listed(db, contact.floor.keyring, contact.party.id)
        found = await connections.of_party(db, contact.party.id)
    lists = [
        {
            "name": one.name,
            "protocol": one.protocol,
            "lines": checking.checklist(
                seen, one.name, one.protocol, contact.language, but_for=checking.useless(one.details)
            ),
        }
        for one in found
    ]
    tries = any(one.protocol == "oidc" for one in found)
    return frame.respond(contact, "check.html", at="check", lists=lists, tries=tries)


async def probe(contact: Contact, _: Form) -> Response:
    """Knocks at the addresses of every OIDC client of this party, and comes back with what was seen."""
    floor, party_id = contact.floor, contact.party.id
    if not await probing.may_begin(floor, party_id):
        return frame.back(contact, "/check", done="too_soon")
    async with floor.database.read() as db:
        found = await connections.of_party(db, party_id)
        school = await reference_people.school_of(db, party_id)
    for one in found:
        if one.protocol == "oidc" and school is not None:
            await probing.probe(floor, party_id, school.id, one, probing.guarded(floor))
    async with floor.database.begin() as db:
        await ledger.record(db, "sandbox.probed", now=contact.now, by=contact.by, detail={"party": party_id})
    return frame.back(contact, "/check", done="probed")


ROUTES = [
    Route(ADDRESS + "/{party}/check", while_tested(show), methods=["GET"]),
    Route(ADDRESS + "/{party}/check", act(probe), methods=["POST"]),
]
