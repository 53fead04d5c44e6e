"""The demonstration's schools: written as an EDEXML file by the generator, read and taken in as any school's file is."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from directory import groups
from directory.imports import edexml, runs
from directory.imports.apply import Applied
from directory.schools import KnownSchool
from idp.core import clock
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.credentials import pupil_secrets
from idp.demo.generator import write_school
from idp.web.pictures import TILE_PICTURES

BY: Final = "system"
"""Who the ledger says did it."""


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """A school to make up. No real school has a BRIN that begins with 99."""

    name: str
    brin: str
    mail_domain: str
    pupils: int
    groups: int


BOARD: Final = ("99999", "Stichting Nergens en Overal")
"""Funding number and name of the board of both schools."""
BOARD_DOMAIN: Final = "nergensenoveral.example"

LARGE: Final = DemoSchool("Basisschool De Luchtspiegel", "99LS", "luchtspiegel.example", pupils=225, groups=10)
SMALL: Final = DemoSchool("Basisschool Het Nergensbos", "99NB", "nergensbos.example", pupils=12, groups=1)


async def take(
    db: Db, keyring: Keyring, school: KnownSchool, made_up: DemoSchool, *, people_from: int, now: datetime
) -> Applied:
    """Takes in the school's file for the school year of `now`; every child that has no secret yet gets one of its group's kind."""
    with tempfile.TemporaryFile() as file:
        write_school(
            file,
            seed=people_from,
            school_year=clock.school_year(now),
            brin=made_up.brin,
            pupils=made_up.pupils,
            groups=made_up.groups,
            mail_domain=made_up.mail_domain,
        )
        file.seek(0)
        administration = edexml.read(file)
    run = await runs.receive(
        db,
        school,
        administration,
        source="edexml",
        origin="command",
        by=BY,
        now=now,
        keyring=keyring,
        pictures=TILE_PICTURES,
    )
    for group in await groups.of_school(db, school.id):
        if group.kind == "stamgroep" and group.name.startswith("Groep 1"):
            await groups.choose_secret(db, group.id, "pictures")
    await _give_secrets(db, keyring, school.id, now=now)
    return run.applied


async def _give_secrets(db: Db, keyring: Keyring, school_id: int, *, now: datetime) -> None:
    wanted = await groups.secret_kinds(db, school_id)
    have = await pupil_secrets.kinds_of(db, wanted)
    new = {pupil: kind for pupil, kind in wanted.items() if pupil not in have}
    await pupil_secrets.renew(db, keyring, new, now=now)
