"""`idp schools groups`: the groups of a school, what their children sign in with (D28), and by which network provider they go (D35)."""

from typing import Annotated, Any

import typer

from directory import environments, schools
from directory import groups as directory_groups
from directory.groups import KnownGroup, SecretKind
from directory.schools import KnownSchool
from idp.cli import output
from idp.cli.acting import OPERATOR, note, perform, refuse_unasked
from idp.cli.options import AsJson, OnRequest, SchoolCode
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import pupil_acts
from idp.credentials.pupil_acts import Act

ANY = "any"
KINDS: dict[str, SecretKind] = {"pictures": "pictures", "pin": "pin"}


def groups(
    code: SchoolCode,
    *,
    set_secret: Annotated[
        list[str] | None,
        typer.Option(metavar="GROUP=pictures|pin", help="What this group's children sign in with; may be repeated."),
    ] = None,
    set_network: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GROUP=PARTY|any", help="By which ticked network provider this group goes; may be repeated."
        ),
    ] = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Lists the groups of a school, and chooses between pictures and PIN, and between the network providers that the school ticks (D35).

    Children of the group who had the other kind of secret get a new one at once. The provider is chosen at the school's request only (D37).
    """

    async def work(laid: Floor) -> list[dict[str, Any]]:
        chosen = [_choice(text) for text in set_secret or ()]
        going = [_going(text) for text in set_network or ()]
        if going:
            refuse_unasked(laid, request)
        async with laid.database.begin() if chosen or going else laid.database.read() as db:
            school = await schools.by_code(db, code)
            await _go_by(db, laid, school, going, request)
            for name, kind in chosen:
                await _choose(db, laid, school, name, kind)
            by = await _by(db, school.id)
            return [_plain(group, by) for group in await directory_groups.of_school(db, school.id)]

    columns = {"group": "name", "year group": "year_group", "kind": "kind", "secret": "secret", "pupils": "pupils"}
    columns |= {"network": "network"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


def _choice(text: str) -> tuple[str, SecretKind]:
    name, _, kind = text.rpartition("=")
    if not name or kind not in KINDS:
        raise Refused("refused", f"{text!r} is not GROUP=pictures or GROUP=pin")
    return name, KINDS[kind]


async def _choose(db: Db, laid: Floor, school: KnownSchool, name: str, kind: SecretKind) -> None:
    found = await _group(db, school, name)
    pupils = await directory_groups.pupils_of(db, found.id)
    act = Act(school.id, found.id, by=OPERATOR, now=laid.now)
    await pupil_acts.choose_kind(db, laid.keyring, pupils, kind, act)


async def _group(db: Db, school: KnownSchool, name: str) -> KnownGroup:
    known = await directory_groups.of_school(db, school.id)
    found = [group for group in known if group.kind == "stamgroep" and name in (group.name, group.key)]
    if len(found) != 1:
        raise LookupError(f"school {school.code} has {'several groups' if found else 'no group'} called {name!r}")
    return found[0]


def _going(text: str) -> tuple[str, str]:
    name, _, party = text.rpartition("=")
    if not name or not party:
        raise Refused("refused", f"{text!r} is not GROUP=PARTY or GROUP={ANY}")
    return name, party


async def _go_by(db: Db, laid: Floor, school: KnownSchool, going: list[tuple[str, str]], request: str | None) -> None:
    """Recorded once for all of them, and only what changes something."""
    ticked = await environments.ticked(db, school.id) if going else []
    changed = 0
    for name, party in going:
        found = [one.party_id for one in ticked if party in (str(one.party_id), one.name)]
        if party != ANY and len(found) != 1:
            raise LookupError(f"school {school.code} ticks no network provider for pupils called {party!r}")
        group = await _group(db, school, name)
        changed += await environments.choose(db, school.id, group.id, found[0] if party != ANY else None)
    if changed:
        await note(db, laid, "network.chosen", school_id=school.id, groups=changed, request=request)


async def _by(db: Db, school_id: int) -> dict[int, str]:
    """The chosen provider of each group that has one, by name."""
    ticked = {one.party_id: one.name for one in await environments.ticked(db, school_id)}
    chosen = await environments.chosen(db, school_id)
    return {group_id: ticked[party_id] for group_id, party_id in chosen.items() if party_id in ticked}


def _plain(group: KnownGroup, by: dict[int, str]) -> dict[str, Any]:
    return {
        "key": group.key,
        "name": group.name,
        "kind": group.kind,
        "school_year": group.school_year,
        "year_group": group.year_group,
        "secret": group.secret_kind,
        "pupils": group.pupils,
        "network": by.get(group.id),
    }
