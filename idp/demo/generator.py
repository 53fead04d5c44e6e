"""Writes a school that does not exist, as valid EDEXML 2.1 with everything that makes real schools difficult (D14-D18, D21, D22).

The same arguments give the same bytes. ECK-iDs have the pilot's form and are hashes of the seed; numbers that look like a BSN fail the
check that real ones pass; addresses end in `.example`.
"""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, pairwise
from random import Random
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from idp.demo.name_lists import DIFFICULT, FIRST_NAMES, STAFF_FIRST_NAMES, SURNAMES, Name

_SUBGROUPS = ("Plusgroep", "Leeskring", "Rekenkanjers")
_WITHOUT_ECKID = 3


@dataclass(frozen=True, slots=True)
class _Group:
    key: str
    name: str
    years: tuple[int, ...]

    @property
    def code(self) -> str:
        return str(self.years[0]) if len(self.years) == 1 else "C"


@dataclass(frozen=True, slots=True)
class _Pupil:
    key: str
    eckid: str | None
    name: Name
    year: int
    group: _Group
    subgroups: tuple[int, ...]


def write_school(
    out: BinaryIO,
    *,
    seed: int,
    school_year: str,
    brin: str,
    location: str = "",
    pupils: int = 225,
    groups: int = 10,
    mail_domain: str = "school.example",
    with_forbidden: bool = False,
) -> None:
    """Writes one school to `out`, in UTF-8.

    There is a combinatiegroep, there are two Noors in one group, accents and apostrophes, a pupil with a roepnaam alone, three
    pupils without an ECK-iD, subgroups, duo partners, a trainee, and an IB'er, a director and a caretaker without a group.
    With `with_forbidden` there is also what must never get in: BSN, birth date, gender, postcode, photo, user name, e-mail, remarks.
    Raises `ValueError` for fewer than 8 pupils or fewer than two per group.
    """
    if pupils < 8 or not 1 <= groups <= pupils // 2:
        raise ValueError("a school has at least 8 pupils, and two or more in every group")
    random = Random(seed)  # noqa: S311 - made-up people, nothing secret
    unwanted = Random(seed + 1)  # noqa: S311 - of its own, so that all the rest is the same with and without
    made_groups = _groups(groups)
    made_pupils = list(_pupils(random, made_groups, pupils, source=f"{seed} {brin} {location}"))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<EDEX xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="EDEXML.structuur.xsd">',
        *_school(school_year, brin, location),
        *_group_section(made_groups),
        "<leerlingen>",
        *(line for pupil in made_pupils for line in _pupil(pupil, unwanted if with_forbidden else None)),
        "</leerlingen>",
        "<leerkrachten>",
        *_staff(random, made_groups, mail_domain),
        "</leerkrachten>",
        "</EDEX>",
    ]
    for line in lines:
        out.write(line.encode() + b"\n")


def _groups(number: int) -> list[_Group]:
    """Kleuters sit together in groups 1/2; above them a group per year, parallel groups or combinations as the number asks."""
    if number == 1:
        return [_Group("G1", "Groep 1 t/m 8", tuple(range(1, 9)))]
    young = max(1, number // 4)
    layout = [(1, 2)] * young + _spread((3, 4, 5, 6, 7, 8), number - young)
    letters = {years: count() for years in layout}
    groups = []
    for place, years in enumerate(layout, start=1):
        letter = chr(ord("A") + next(letters[years])) if layout.count(years) > 1 else ""
        groups.append(_Group(f"G{place}", f"Groep {'/'.join(map(str, years))}{letter}", years))
    return groups


def _spread(years: tuple[int, ...], number: int) -> list[tuple[int, ...]]:
    if number >= len(years):
        return sorted((years[place % len(years)],) for place in range(number))
    bounds = [round(place * len(years) / number) for place in range(number + 1)]
    return [years[start:end] for start, end in pairwise(bounds)]


def _pupils(random: Random, groups: list[_Group], number: int, *, source: str) -> Iterator[_Pupil]:
    seats = sorted(place % len(groups) for place in range(number))
    names = _names(random, number, FIRST_NAMES)
    names[: len(DIFFICULT)] = DIFFICULT
    without = set(random.sample(range(3, number), _WITHOUT_ECKID))
    for place, (seat, name) in enumerate(zip(seats, names, strict=True)):
        digest = hashlib.sha512(f"{source} {place}".encode()).hexdigest()
        group = groups[seat]
        yield _Pupil(
            key=f"L{place + 1:05}",
            eckid=None if place in without else f"https://ketenid.nl/pilot/{digest}",
            name=name,
            year=random.choice(group.years),
            group=group,
            subgroups=tuple(sub for sub in range(len(_SUBGROUPS)) if random.random() < 0.06 or place == sub),
        )


def _names(random: Random, number: int, first_names: tuple[str, ...]) -> list[Name]:
    """Made-up names, no two alike as long as the lists allow it."""
    names: dict[Name, None] = {}
    while len(names) < min(number, len(first_names) * len(SURNAMES) // 2):
        names[(random.choice(first_names), *random.choice(SURNAMES))] = None
    found = list(names)
    return [found[place % len(found)] for place in range(number)]


def _school(school_year: str, brin: str, location: str) -> Iterator[str]:
    yield "<school>"
    yield _element("schooljaar", school_year)
    yield _element("peildatum", f"{school_year[:4]}-10-01")
    yield _element("brincode", brin)
    if location:
        yield _element("dependancecode", location)
    yield _element("aanmaakdatum", f"{school_year[:4]}-10-01T06:00:00")
    yield _element("auteur", "Poortwachter demo")
    yield _element("xsdversie", "2.1")
    yield "</school>"


def _group_section(groups: list[_Group]) -> Iterator[str]:
    yield "<groepen>"
    for group in groups:
        yield f"<groep key={quoteattr(group.key)}>{_element('naam', group.name)}{_element('jaargroep', group.code)}</groep>"
    for place, name in enumerate(_SUBGROUPS, start=1):
        yield f'<samengestelde_groep key="S{place}">{_element("naam", name)}</samengestelde_groep>'
    yield "</groepen>"


def _pupil(pupil: _Pupil, unwanted: Random | None) -> Iterator[str]:
    first_name, prefix, surname = pupil.name
    eckid = f" eckid={quoteattr(pupil.eckid)}" if pupil.eckid else ""
    yield f"<leerling key={quoteattr(pupil.key)}{eckid}>"
    if surname:
        yield _element("achternaam", surname)
        if prefix:
            yield _element("voorvoegsel", prefix)
        if unwanted:
            yield _element("voornamen", f"{first_name} Maria Johannes")
    yield _element("roepnaam", first_name)
    if unwanted:
        yield _element(
            "geboortedatum", f"{2022 - pupil.year}-{unwanted.randint(1, 12):02}-{unwanted.randint(1, 28):02}"
        )
        yield _element("geslacht", str(unwanted.choice((1, 2))))
    yield _element("jaargroep", str(pupil.year))
    yield f"<groep key={quoteattr(pupil.group.key)}/>"
    if pupil.subgroups:
        links = "".join(f'<samengestelde_groep key="S{place + 1}"/>' for place in pupil.subgroups)
        yield f"<samengestelde_groepen>{links}</samengestelde_groepen>"
    if unwanted:
        yield from _unwanted(pupil, unwanted)
    yield "</leerling>"


def _unwanted(pupil: _Pupil, random: Random) -> Iterator[str]:
    number = random.randint(10_000_000, 99_999_999)
    yield _element("gebruikersnaam", f"geheim-{pupil.key}")
    yield _element("emailadres", f"kind-{pupil.key}@thuis.example")
    yield _element("fotourl", f"https://foto.example/{pupil.key}.jpg")
    yield _element("bsn", _no_bsn(number))
    yield _element("postcodenl", f"{random.randint(1000, 9999)}{random.choice('ABCDEFGH')}{random.choice('KLMNPRST')}")
    remark = f"<code>zorg</code><opmerking>dossier {number}</opmerking>"
    yield f'<toevoegingen><blok xsi:type="OpmerkingGegevensType">{remark}</blok></toevoegingen>'


def _no_bsn(eight: int) -> str:
    """Nine digits of which the weighted sum (9, 8, ... 2, -1) is no multiple of 11, as it is for every real BSN."""
    weighted = sum(int(digit) * weight for digit, weight in zip(str(eight), range(9, 1, -1), strict=True))
    last = 1 if weighted % 11 != 1 else 2
    return f"{eight}{last}"


def _staff(random: Random, groups: list[_Group], mail_domain: str) -> Iterator[str]:
    """Every second group has duo partners, who both belong to it; the last teacher also helps in the first group."""
    links = [_link(group) for place, group in enumerate(groups) for _ in range(2 - place % 2)]
    links[-1] += _link(groups[0]) if len(groups) > 1 else '<samengestelde_groep key="S1"/>'
    jobs = [("ICT", links[0]), *(("LRK", link) for link in links[1:])]
    jobs += [("STA", _link(groups[-1], "<rol>STA</rol>")), ("IB", ""), ("DIR", ""), ("CON", "")]
    addresses: set[str] = set()
    for place, (name, (role, linked)) in enumerate(
        zip(_names(random, len(jobs), STAFF_FIRST_NAMES), jobs, strict=True), start=1
    ):
        yield f'<leerkracht key="M{place:03}">'
        yield from _colleague(name, _address(name, mail_domain, addresses), role, linked)
        yield "</leerkracht>"


def _link(group: _Group, roles: str = "") -> str:
    return f"<groep key={quoteattr(group.key)}>{roles}</groep>"


def _colleague(name: Name, address: str, role: str, linked: str) -> Iterator[str]:
    first_name, prefix, surname = name
    yield _element("achternaam", surname or "")
    if prefix:
        yield _element("voorvoegsel", prefix)
    yield _element("roepnaam", first_name)
    yield _element("emailadres", address)
    yield _element("rol", role)
    if linked:
        yield f"<groepen>{linked}</groepen>"


def _address(name: Name, mail_domain: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFD", ".".join(part for part in name if part).lower())
    local = "".join(char for char in plain if char.isascii() and (char.isalnum() or char in ".-"))
    address = next(
        candidate
        for number in count(1)
        if (candidate := f"{local}{number if number > 1 else ''}@{mail_domain}") not in taken
    )
    taken.add(address)
    return address


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
