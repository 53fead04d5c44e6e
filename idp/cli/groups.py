"""`idp schools groups`: the groups of a school, and what their children sign in with (D28)."""

from typing import Annotated, Any

import typer

from directory import groups as directory_groups
from directory import schools
from directory.groups import KnownGroup, SecretKind
from directory.schools import KnownSchool
from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson, SchoolCode
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import pupil_acts
from idp.credentials.pupil_acts import Act

KINDS: dict[str, SecretKind] = {"pictures": "pictures", "pin": "pin"}


def groups(
    code: SchoolCode,
    *,
    set_secret: Annotated[
        list[str] | None,
        typer.Option(metavar="GROUP=pictures|pin", help="What this group's children sign in with; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lists the groups of a school, and chooses between pictures and PIN.

    Children of the group who had the other kind get a new secret at once.
    """

    async def work(laid: Floor) -> list[dict[str, Any]]:
        chosen = [_choice(text) for text in set_secret or ()]
        async with laid.database.begin() if chosen else laid.database.read() as db:
            school = await schools.by_code(db, code)
            for name, kind in chosen:
                await _choose(db, laid, school, name, kind)
            return [_plain(group) for group in await directory_groups.of_school(db, school.id)]

    columns = {"group": "name", "year group": "year_group", "kind": "kind", "secret": "secret", "pupils": "pupils"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


def _choice(text: str) -> tuple[str, SecretKind]:
    name, _, kind = text.rpartition("=")
    if not name or kind not in KINDS:
        raise Refused("refused", f"{text!r} is not GROUP=pictures or GROUP=pin")
    return name, KINDS[kind]


async def _choose(db: Db, laid: Floor, school: KnownSchool, name: str, kind: SecretKind) -> None:
    known = await directory_groups.of_school(db, school.id)
    found = [group for group in known if group.kind == "stamgroep" and name in (group.name, group.key)]
    if len(found) != 1:
        raise LookupError(f"school {school.code} has {'several groups' if found else 'no group'} called {name!r}")
    pupils = await directory_groups.pupils_of(db, found[0].id)
    act = Act(school.id, found[0].id, by=OPERATOR, now=laid.now)
    await pupil_acts.choose_kind(db, laid.keyring, pupils, kind, act)


def _plain(group: KnownGroup) -> dict[str, Any]:
    return {
        "key": group.key,
        "name": group.name,
        "kind": group.kind,
        "school_year": group.school_year,
        "year_group": group.year_group,
        "secret": group.secret_kind,
        "pupils": group.pupils,
    }
