"""`idp sandbox`: a party under test, as its contacts see it on their pages (D37)."""

from typing import Annotated, Any

import typer

from directory import roles
from directory.reference import changing
from directory.reference import people as reference_people
from directory.reference.changing import Wanted
from directory.reference.people import ReferencePerson
from directory.schools import KnownSchool
from idp.cli import output
from idp.cli.acting import OPERATOR, note, perform, today
from idp.cli.options import AsJson
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from idp.sandbox import checking, exchanges, explaining, opening, probing
from idp.sandbox.exchanges import Exchange
from metadata import connections, parties
from metadata.parties import KnownParty

app = typer.Typer(no_args_is_help=True)

PartyName = Annotated[str, typer.Argument(metavar="PARTY", help="A party's id, client_id or entityID.")]

Visit = Annotated[bool, typer.Option("--visit", help="Knock at its registered addresses first.")]


@app.command("open")
def open_(party: PartyName, *, as_json: AsJson = False) -> None:
    """Puts a party under test: a reference school with people who do not exist, which ticks all that the party may ask. Again: renews the tick."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            known = await parties.find(db, party)
            school = await opening.open_for(db, laid.keyring, known, now=laid.now, today=today(laid), by=OPERATOR)
            found = await reference_people.people_of(db, school.id)
        return {**_named(known), "school": school.code, "people": [_plain(one) for one in found]}

    shown = perform(work, as_json=as_json)
    told = [f"{shown['name']} is under test, with reference school {shown['school']}."]
    output.answer(shown, [*told, *(f"  {_line(one)}" for one in shown["people"])], as_json=as_json)


@app.command("close")
def close(party: PartyName, *, as_json: AsJson = False) -> None:
    """Ends that: the kept exchanges, the reference school and everybody in it go."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            known = await parties.find(db, party)
            if known.under_test and known.unseen_since is not None:
                told = f"its own people changed where {known.name} is reached: `idp parties look-at` first"
                raise Refused("not_looked_at", told)
            if not await opening.close_for(db, known.id, now=laid.now, by=OPERATOR):
                raise Refused("not_under_test", f"{known.name} is not under test")
        return _named(known)

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['name']} is under test no more."], as_json=as_json)


@app.command("people")
def people(party: PartyName, *, as_json: AsJson = False) -> None:
    """Lists the reference people of a party."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            _, school = await _school(db, party)
            return [_plain(one) for one in await reference_people.people_of(db, school.id)]

    shown = perform(work, as_json=as_json)
    output.answer(shown, [_line(one) for one in shown], as_json=as_json)


@app.command("change")
def change(
    party: PartyName,
    person: Annotated[int, typer.Argument(metavar="PERSON", help="A number that `idp sandbox people` shows.")],
    *,
    first_name: Annotated[str | None, typer.Option()] = None,
    prefix: Annotated[str | None, typer.Option(help="Tussenvoegsel; empty for none.")] = None,
    group: Annotated[str | None, typer.Option(help="Groep 3 or Groep 6; empty for none.")] = None,
    year_group: Annotated[str | None, typer.Option(help="1 to 8; empty for none. Pupils only.")] = None,
    role: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(roles.ROLES)}; may be repeated.")] = None,
    eckid: Annotated[bool | None, typer.Option("--eckid/--no-eckid", help="With a made-up ECK-iD.")] = None,
    as_json: AsJson = False,
) -> None:
    """Changes attributes of a reference person; what is not named stays."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            known, school = await _school(db, party)
            was = await reference_people.one(db, school.id, person)
            wanted = Wanted(
                first_name=was.first_name if first_name is None else first_name,
                prefix=was.prefix if prefix is None else prefix,
                group=next(iter(was.groups), None) if group is None else group,
                year_group=was.year_group if year_group is None else year_group,
                roles=frozenset(was.roles if role is None else role),
                has_eckid=was.has_eckid if eckid is None else eckid,
            )
            await changing.change(db, laid.keyring, school.id, person, wanted)
            await note(db, laid, "sandbox.person_changed", party=known.id)
            return _plain(await reference_people.one(db, school.id, person))

    shown = perform(work, as_json=as_json)
    output.answer(shown, [_line(shown)], as_json=as_json)


@app.command("exchanges")
def exchanges_(party: PartyName, *, as_json: AsJson = False) -> None:
    """The last ten exchanges of a party under test, decoded and explained. Nobody who exists is in them."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            known, _ = await _school(db, party)
            return [_told(one) for one in await exchanges.listed(db, laid.keyring, known.id)]

    shown = perform(work, as_json=as_json)
    output.answer(shown, [line for one in shown for line in _lines(one)] or ["no exchanges yet"], as_json=as_json)


@app.command("check")
def check(party: PartyName, *, visit: Visit = False, as_json: AsJson = False) -> None:
    """The checklist of right software, by what was seen of it."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            known, school = await _school(db, party)
            found = await connections.of_party(db, known.id)
        for one in found:
            if visit and one.protocol == "oidc":
                await probing.probe(laid, known.id, school.id, one, probing.guarded(laid))
        async with laid.database.read() as db:
            seen = await exchanges.listed(db, laid.keyring, known.id)
        return [
            {
                "connection": one.name,
                "check": line.key,
                "verdict": line.verdict,
                "what": line.what,
                "clause": line.clause,
            }
            for one in found
            for line in checking.checklist(seen, one.name, one.protocol, "en", but_for=checking.useless(one.details))
        ]

    columns = {"verdict": "verdict", "check": "check", "what": "what", "clause": "clause"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


async def _school(db: Db, party: str) -> tuple[KnownParty, KnownSchool]:
    known = await parties.find(db, party)
    school = await reference_people.school_of(db, known.id)
    if school is None or not known.under_test:
        raise Refused("not_under_test", f"{known.name} is not under test: `idp sandbox open` puts it there")
    return known, school


def _named(party: KnownParty) -> dict[str, Any]:
    return {"party": party.id, "name": party.name}


def _plain(one: ReferencePerson) -> dict[str, Any]:
    return {
        "id": one.person_id,
        "kind": one.kind,
        "name": one.name,
        "year_group": one.year_group,
        "groups": list(one.groups),
        "roles": list(one.roles),
        "eckid": one.has_eckid,
        "email": one.has_mail,
    }


def _line(one: dict[str, Any]) -> str:
    more = [*one["groups"], *one["roles"], *(["ECK-iD"] if one["eckid"] else [])]
    return f"{one['id']:<8} {one['kind']:<6} {one['name']} ({', '.join(more) or '-'})"


def _told(one: Exchange) -> dict[str, Any]:
    return {
        "exchange": one.name,
        "at": one.at,
        "steps": [
            {"at": kept.at, "endpoint": kept.step.endpoint, "asked": kept.step.asked, "answered": kept.step.answered}
            for kept in one.steps
        ],
        "findings": [
            {"tone": found.tone, "what": found.what, "do": found.mend, "clause": found.clause}
            for found in explaining.findings(one, "en")
        ],
    }


def _lines(one: dict[str, Any]) -> list[str]:
    steps = " > ".join(step["endpoint"] for step in one["steps"])
    told = [f"  {found['tone']}: {found['what']} {found['do']} [{found['clause']}]" for found in one["findings"]]
    return [f"{output.moment(one['at'])}  {steps}", *told]
