"""Fills an empty database: two schools, their people and secrets, three publishers, and what the schools allow them. And keeps the year current."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from consent import agreements, ticks
from directory import addresses, contacts, groups, home, operators, people, picking, roles, schools
from directory.imports import couplings, systems
from directory.lifecycle import board_people, named
from directory.onboarding.asking import Told
from directory.operators import Duty
from directory.picking import PickChild
from directory.schools import KnownSchool
from idp.core import clock, ledger
from idp.core.clock import AMSTERDAM
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import home_codes, login_cards, passwords, pupil_secrets, terms
from idp.credentials.passwords import Hasher
from idp.credentials.pupil_secrets import SecretKind
from idp.demo import (
    administration,
    applicant,
    family,
    las,
    network_saml,
    networks,
    notes,
    publisher_saml,
    publishers,
)
from idp.demo.notes import Notes, PupilNote, StaffNote
from idp.demo.publishers import Publishers
from idp.demo.schools import BOARD, BOARD_DOMAIN, BY, LARGE, SMALL, DemoSchool, take
from idp.demo.sites import Sites
from idp.sandbox import opening
from metadata import parties
from mfa import recovery_codes, totp

PASSWORD: Final = "zes-gele-tulpen-7"  # noqa: S105 - of people who do not exist, shown on the front door
LOOPBACK: Final = ("127.0.0.0/8", "::1")

ABOVE_SCHOOLS: Final = (
    ("Willemijn", "Oosterhof", roles.BOARD_ICT_COORDINATOR, "board_coordinator"),
    ("Ruud", "Terlouw", roles.BOARD_DIRECTOR, "board_director"),
)
"""First name, surname, role on the board, and the key of the guide's words."""

_SHOWN_GROUPS: Final = ((0, 0), (0, 9), (5, 3), (-1, 3))
"""The children whose secrets are shown: which group, youngest first, and which child in it."""
_OF_ONE_FAMILY: Final = slice(0, 3, 2)
"""Two of them, who sign in with pictures and with a PIN, have the same parent."""


async def seed(floor: Floor, sites: Sites, folder: Path) -> Notes:
    """Makes up a demonstration on an empty database and writes its notes in `folder`."""
    now, people_from = floor.now, secrets.randbelow(1_000_000)
    phc, las_key = await _hash(floor), secrets.token_hex(8)
    saml_metadata = publisher_saml.prepare(folder, sites.taalpaleis, now=now)
    async with floor.database.begin() as db:
        large, staff = await _open_school(db, floor.keyring, LARGE, people_from=people_from, now=now)
        small, more = await _open_school(db, floor.keyring, SMALL, people_from=people_from + 1, now=now)
        for text in LOOPBACK:
            await addresses.add(db, large.id, addresses.read_network(text, loopback_allowed=True), now=now)
        for person_id in (*staff, *more):
            await passwords.set_password(db, person_id, phc, now=now)
            await named.answer(db, person_id, now=now)
            # They have been here for a while: who looks around is not stopped at their first sign-in.
            await terms.record(db, person_id, by="system", now=now)
        known = await publishers.register(db, floor.keyring, sites, saml_metadata, now=now)
        await _tick(db, large, small, known, now=now)
        await _couple(db, floor.keyring, large, sites, las_key, now=now)
        appointed = await _appoint(db, floor.keyring, staff, large, small, now=now)
        above = await _govern(db, floor, large, phc, now=now)
        contact = await _try_out(db, floor.keyring, known.rekenrijk, phc, now=now)
        told = Told(floor.settings.base_url, floor.settings.support_contact)
        await applicant.apply(db, floor.keyring, told, now=now)
        on_duty = [await _on_duty(db, floor.keyring, duty, phc, now=now) for duty in operators.DUTIES]
    pupils = await _choose_pupils(floor, large)
    await family.enter(floor, large, pupils[_OF_ONE_FAMILY])
    on_network = [*(note.person_id for note in pupils), *(note.person_id for note in appointed)]
    async with floor.database.begin() as db:
        prepared = network_saml.prepare(folder, sites.netwerk, now=now)
        known.client_secrets.update(
            await networks.register(db, floor.keyring, sites, prepared, large, on_network, now=now)
        )
        network = await networks.people_of(db, on_network)
    made = Notes(
        first_port=sites.first_port,
        people_from=people_from,
        school_year=clock.school_year(now),
        school_id=large.id,
        second_school_id=small.id,
        password=PASSWORD,
        client_secrets=known.client_secrets,
        las_key=las_key,
        pupils=pupils,
        staff=(*appointed, *above, contact, *on_duty),
        network=network,
    )
    notes.write(folder, made)
    return made


async def keep_current(floor: Floor, folder: Path, had: Notes) -> Notes:
    """After 1 August (R37) the schools' files come in once more, with the groups of the new school year; a parent without a password hears again."""
    now = floor.now
    async with floor.database.read() as db:
        large = await schools.by_id(db, had.school_id)
    await family.invite(floor, large)
    year = clock.school_year(now)
    if year <= had.school_year:
        return had
    async with floor.database.begin() as db:
        for number, (school_id, made_up) in enumerate(((had.school_id, LARGE), (had.second_school_id, SMALL))):
            school = await schools.by_id(db, school_id)
            await take(db, floor.keyring, school, made_up, people_from=had.people_from + number, now=now)
    renewed = replace(had, school_year=year)
    notes.write(folder, renewed)
    return renewed


async def _hash(floor: Floor) -> str:
    hasher = Hasher(floor.settings)
    try:
        return await hasher.hash(PASSWORD)
    finally:
        hasher.close()


async def _open_school(
    db: Db, keyring: Keyring, made_up: DemoSchool, *, people_from: int, now: datetime
) -> tuple[KnownSchool, tuple[int, ...]]:
    """A school account with its agreement and everybody in it; also the ids of its staff."""
    school = await schools.add(db, name=made_up.name, brin=made_up.brin, location="", now=now, board=BOARD)
    version, on = agreements.CURRENT_VERSION, now.astimezone(AMSTERDAM).date()
    await agreements.record_for_school(db, school.id, document_version=version, signed_on=on, by=BY)
    await ledger.record(db, "school.added", now=now, by=BY, school_id=school.id, detail={"agreement": True})
    applied = await take(db, keyring, school, made_up, people_from=people_from, now=now)
    return school, applied.new_staff


async def _tick(db: Db, large: KnownSchool, small: KnownSchool, known: Publishers, *, now: datetime) -> None:
    """The large school allows two publishers, the small one only Taalpaleis, and nobody Wereldwijs."""
    for school, party_id in ((large, known.rekenrijk), (large, known.taalpaleis), (small, known.taalpaleis)):
        party = await parties.by_id(db, party_id)
        await ticks.give(db, school.id, party.id, party.fields, now=now, by=BY)


async def _couple(db: Db, keyring: Keyring, school: KnownSchool, sites: Sites, las_key: str, *, now: datetime) -> None:
    """The large school is coupled with its administration system; the small one brings files."""
    code, name = administration.SYSTEM, administration.NAME
    await systems.configure(
        db,
        code,
        now=now,
        by=BY,
        name=name,
        endpoint=sites.klasboek + las.PATH,
        customer_code=las.CUSTOMER,
        customer_name="Poortwachter",
        help_nl=f"De sleutel staat op de pagina van {name}, die bij de demonstratie hoort.",
        help_en=f"The key is on the page of {name}, which is part of the demonstration.",
    )
    await couplings.couple(db, school.id, code, now=now, by=BY)
    await couplings.agree(db, school.id, "school", now=now, by=BY)
    await couplings.set_key(db, school.id, las_key, now=now, by=BY, keyring=keyring)
    await couplings.set_mode(db, school.id, "automatic", now=now, by=BY)


async def _choose_pupils(floor: Floor, school: KnownSchool) -> tuple[PupilNote, ...]:
    """A few children get a new secret that is known here too, and a code for home, the youngest a sign-in card; parents may have accounts."""
    hot, now = floor.database.hot, floor.now
    stamgroepen = await picking.groups(hot, school.id, school_year=clock.school_year(now))
    youngest_first = sorted(stamgroepen, key=lambda group: group.name)
    today = now.astimezone(AMSTERDAM).date()
    given: dict[int, tuple[SecretKind, str]] = {}
    async with floor.database.begin() as db:
        kinds = await groups.secret_kinds(db, school.id)
        of_groups = [
            await picking.children(hot, school.id, youngest_first[group].id, today=today) for group, _ in _SHOWN_GROUPS
        ]
        for child in called_differently(of_groups, [place for _, place in _SHOWN_GROUPS]):
            kind = kinds[child.person_id]
            given[child.person_id] = (kind, pupil_secrets.new_secret(kind))
        await pupil_secrets.set_secrets(db, floor.keyring, given, now=now)
        await home_codes.renew(db, floor.keyring, school.id, given, now=now)
        await home.decide(db, school.id, replace(home.USUAL, parents=True))
        young = [person_id for person_id, (kind, _) in given.items() if kind == "pictures"]
        about = {person_id: (await people.identity(db, person_id))[1] for person_id in young}
        await login_cards.make(db, floor.keyring, about, now=now)
    return tuple(PupilNote(person_id, secret) for person_id, (_, secret) in given.items())


def called_differently(of_groups: Iterable[Iterable[PickChild]], places: Iterable[int]) -> list[PickChild]:
    """A child of each group, at its place in it; who is called like one before is passed over, for a page of them says first names."""
    found: list[PickChild] = []
    for children, place in zip(of_groups, places, strict=True):
        called = {child.first_name for child in found}
        others = [child for child in children if child.first_name not in called]
        found.append(sorted(others, key=lambda child: child.person_id)[place])
    return found


async def _appoint(
    db: Db, keyring: Keyring, staff: tuple[int, ...], large: KnownSchool, small: KnownSchool, *, now: datetime
) -> tuple[StaffNote, ...]:
    """Rights never come from a file (D20): two coordinators, one of them with a second factor, and a teacher at both schools."""
    coordinator, newcomer, both, teacher = staff[:4]
    for person_id in (coordinator, newcomer):
        await _employ(db, large, person_id, roles.ICT_COORDINATOR, now=now)
    await _employ(db, small, both, roles.TEACHER, now=now)
    secret = totp.new_secret()
    await totp.enrol(db, keyring, coordinator, secret, used_step=0, now=now)
    await recovery_codes.renew(db, keyring, coordinator)
    return (
        StaffNote(teacher, roles.TEACHER, "", None),
        StaffNote(both, roles.TEACHER, "two_schools", None),
        StaffNote(coordinator, roles.ICT_COORDINATOR, "", secret),
        StaffNote(newcomer, roles.ICT_COORDINATOR, "to_enrol", None),
    )


async def _govern(db: Db, floor: Floor, school: KnownSchool, phc: str, *, now: datetime) -> tuple[StaffNote, ...]:
    """The board of both schools has somebody who acts for them and somebody who looks; neither works at a school (D20)."""
    board_id, contact, found = school.board_id or 0, floor.settings.support_contact, []
    for first_name, surname, role, about in ABOVE_SCHOOLS:
        email = f"{first_name.lower()}@{BOARD_DOMAIN}"
        person_id = await people.new_person(
            db, kind="staff", first_name=first_name, prefix=None, surname=surname, email=email, now=now
        )
        await passwords.set_password(db, person_id, phc, now=now)
        await terms.record(db, person_id, by="system", now=now)
        await board_people.give(db, board_id, person_id, role, contact=contact, by=BY, now=now)
        secret = totp.new_secret()
        await totp.enrol(db, floor.keyring, person_id, secret, used_step=0, now=now)
        await recovery_codes.renew(db, floor.keyring, person_id)
        found.append(StaffNote(person_id, role, about, secret))
    return tuple(found)


async def _try_out(db: Db, keyring: Keyring, party_id: int, phc: str, *, now: datetime) -> StaffNote:
    """Rekenrijk is under test, and has a contact with a second factor who may try it."""
    party, today = await parties.by_id(db, party_id), now.astimezone(AMSTERDAM).date()
    await opening.open_for(db, keyring, party, now=now, today=today, by=BY)
    contact = await contacts.add(db, party_id, f"bouwer@{party.name.lower()}.example", now=now)
    secret = await _equip(db, keyring, contact.person_id, phc, now=now)
    return StaffNote(contact.person_id, "party-contact", "party_contact", secret)


async def _on_duty(db: Db, keyring: Keyring, duty: Duty, phc: str, *, now: datetime) -> StaffNote:
    """Somebody of the platform itself, with a second factor."""
    known = await operators.add(db, f"{duty}@poortwachter.example", duty, now=now)
    return StaffNote(known.person_id, duty, duty, await _equip(db, keyring, known.person_id, phc, now=now))


async def _equip(db: Db, keyring: Keyring, person_id: int, phc: str, *, now: datetime) -> str:
    """Password, terms, an app and recovery codes for somebody without a school; the app's secret."""
    await passwords.set_password(db, person_id, phc, now=now)
    await terms.record(db, person_id, by="system", now=now)
    secret = totp.new_secret()
    await totp.enrol(db, keyring, person_id, secret, used_step=0, now=now)
    await recovery_codes.renew(db, keyring, person_id)
    return secret


async def _employ(db: Db, school: KnownSchool, person_id: int, role: str, *, now: datetime) -> None:
    await people.employ(db, school.id, person_id, [role])
    _, subject = await people.identity(db, person_id)
    what = {"roles": [role]}
    await ledger.record(db, "staff.added", now=now, by=BY, school_id=school.id, subject=subject, detail=what)
