"""A made-up country, school by school: the same seed and number give the same school, whoever is asked for first.

As many schools of each size as there are (CBS, 2022/'23). Numbers look like nobody's: BRINs begin with 99, addresses end in `.example`,
ECK-iDs have the pilot's form and are hashes.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from random import Random
from typing import Final

from directory import roles
from directory.register.reader import Listed, ListedLocation
from idp.credentials.pupil_secrets import PICKED, PICTURES, SecretKind
from idp.demo.name_lists import FIRST_NAMES, STAFF_FIRST_NAMES, SURNAMES, Name

SCHOOLS: Final = 6_100


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SIZES: Final = (
    # How many schools, the smallest, the largest, the most common number of pupils.
    (1_060, 20, 100, 80),
    (1_958, 101, 200, 150),
    (2_778, 201, 500, 205),
    (257, 501, 1_000, 520),
    (4, 1_001, 2_000, 1_100),
)
_PUPILS_PER_GROUP: Final = 23.4
_PUPILS_PER_COLLEAGUE: Final = 9.35
_SUBGROUPS: Final = ("Plusgroep", "Leeskring")
_SCHOOLS_PER_BOARD: Final = 7
_TAKEN: Final = frozenset({"LS", "NB", "XX"})
"""Letters behind 99 that the demonstration's own schools have, and the measured one."""
_ADJECTIVES: Final = _words(
    "Blauwe Bonte Brede Dappere Gouden Groene Grote Hoge Jonge Kleine Klinkende Lange Lichte Nieuwe Open Oude Rode Ronde "
    "Snelle Stille Sterke Vrije Vrolijke Warme Wijde Wijze Wilde Witte Zachte Zilveren"
)
_NOUNS: Final = _words(
    "Appelgaard Beuk Boog Boomgaard Bron Brug Dijk Eik Fontein Gaard Haven Horizon Kade Kring Kroon Linde Molen Nis Oever "
    "Poort Regenboog Rivier Schakel Sleutel Spil Sprong Ster Toren Vaart Vijver Vlieger Weide Werf Wereld Wilg Zon"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A school account to fill: who it is, and its board as (number, name)."""

    number: int
    name: str
    brin: str
    location: str
    board: tuple[str, str] | None

    @property
    def key(self) -> str:
        """With what its administration system is asked about it."""
        return hashlib.sha256(f"sleutel {self.brin}{self.location}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Group:
    """A stamgroep; `code` is its year group in the administration's words."""

    key: str
    name: str
    code: str
    years: tuple[int, ...]
    secret_kind: SecretKind


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil; `group` and `subgroup` are places in the school's lists."""

    key: str
    eckid: str | None
    name: Name
    year: int
    group: int
    subgroup: int | None
    secret: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff. Whom the administration knows has a key and at least one group."""

    key: str | None
    name: Name
    email: str
    roles: tuple[str, ...]
    groups: tuple[int, ...]
    totp: str | None


@dataclass(frozen=True, slots=True)
class MadeSchool:
    """A school with everybody in it. Subgroups have the keys S1 and on."""

    place: Place
    groups: tuple[Group, ...]
    subgroups: tuple[str, ...]
    pupils: tuple[Pupil, ...]
    staff: tuple[Colleague, ...]


def invented(schools: int) -> Iterator[Place]:
    """So many places that do not exist. Raises `ValueError` when there are not so many numbers that belong to nobody."""
    letters = [f"{first}{second}" for first in _ALPHABET for second in _ALPHABET if f"{first}{second}" not in _TAKEN]
    if not 1 <= schools <= len(letters) * 10:
        raise ValueError(f"a made-up country has 1 to {len(letters) * 10} schools")
    for number in range(schools):
        brin, location = f"99{letters[number // 10]}", number % 10
        board = number // _SCHOOLS_PER_BOARD
        yield Place(
            number,
            f"Basisschool De {_ADJECTIVES[number % 30]} {_NOUNS[number // 30 % 36]}",
            brin,
            f"{location:02}" if location else "",
            (f"{90_000 + board}", f"Stichting Onderwijs {_NOUNS[board % 36]} {board + 1}"),
        )


_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def registered(listed: Listed, schools: int) -> Iterator[Place]:
    """The first so many places of DUO's list: real names and numbers, with made-up people."""
    for number, code in zip(range(schools), sorted(listed.locations), strict=False):
        there = listed.locations[code]
        board = (there.board_number, _board_name(listed, there)) if there.board_number else None
        yield Place(number, there.name, code[:4], code[4:] if code[4:] != "00" else "", board)


def _board_name(listed: Listed, there: ListedLocation) -> str:
    """Some lists give only the number of the board."""
    number = there.board_number or ""
    return there.board_name or listed.boards.get(number) or f"Bestuur {number}"


def make(seed: int, place: Place) -> MadeSchool:
    """The school at a place, with everybody in it."""
    random = Random(f"{seed} {place.number}")  # noqa: S311 - made-up people; nothing here guards anybody
    number = _size(random)
    groups = _groups(number)
    return MadeSchool(
        place,
        groups,
        _SUBGROUPS if number >= 60 else (),
        tuple(_pupils(random, seed, place, groups, number)),
        tuple(_staff(random, place, groups, max(3, round(number / _PUPILS_PER_COLLEAGUE)))),
    )


def later(school: MadeSchool, seed: int, *, share: float) -> MadeSchool:
    """The same school a while later: so large a share of its pupils changed group, were named otherwise, left or arrived."""
    random = Random(f"{seed} {school.place.number} later")  # noqa: S311
    changing = set(random.sample(range(len(school.pupils)), round(len(school.pupils) * share)))
    pupils = [
        after
        for place, pupil in enumerate(school.pupils)
        for after in (_changed(random, pupil, school) if place in changing else (pupil,))
    ]
    return replace(school, pupils=tuple(pupils))


def next_year(school: MadeSchool, seed: int) -> MadeSchool:
    """The same school after the summer: every group is new, the oldest left and as many of the youngest came."""
    left = sum(pupil.year == 8 for pupil in school.pupils)
    random = Random(f"{seed} {school.place.number} after the summer")  # noqa: S311
    groups = tuple(replace(group, key=f"N{group.key}") for group in school.groups)
    stayed = [replace(pupil, year=pupil.year + 1) for pupil in school.pupils if pupil.year < 8]
    placed = [replace(pupil, group=_group_of(random, groups, pupil.year), subgroup=None) for pupil in stayed]
    arrived = [_newcomer(random, school, groups, f"Z{place:04}") for place in range(left)]
    return replace(school, groups=groups, subgroups=(), pupils=(*placed, *arrived))


def _size(random: Random) -> int:
    (least, most, common), *_ = random.choices([size[1:] for size in _SIZES], [size[0] for size in _SIZES])
    return round(random.triangular(least, most, common))


def _groups(pupils: int) -> tuple[Group, ...]:
    """The youngest two years sit together; above them each year has its groups, or years share one, as the number of pupils asks."""
    number = max(1, round(pupils / _PUPILS_PER_GROUP))
    if number == 1:
        return (Group("G1", "Groep 1 t/m 8", "C", tuple(range(1, 9)), "pictures"),)
    young = max(1, round(number / 4))
    above = number - young
    layout: list[tuple[int, ...]] = [(1, 2)] * young
    if above >= 6:
        layout += sorted((3 + place % 6,) for place in range(above))
    else:
        bounds = [3 + round(place * 6 / above) for place in range(above + 1)]
        layout += [tuple(range(bounds[place], bounds[place + 1])) for place in range(above)]
    return tuple(
        Group(
            f"G{place}",
            f"Groep {years[0] if len(years) == 1 else f'{years[0]}-{years[-1]}'}{chr(64 + place)}",
            str(years[0]) if len(years) == 1 else "C",
            years,
            "pictures" if years[0] == 1 else "pin",
        )
        for place, years in enumerate(layout, start=1)
    )


def _pupils(random: Random, seed: int, place: Place, groups: Sequence[Group], number: int) -> Iterator[Pupil]:
    source = hashlib.sha512(f"{seed} {place.brin} {place.location}".encode())
    for pupil in range(number):
        digest = source.copy()
        digest.update(b"%d" % pupil)
        group = pupil * len(groups) // number
        yield Pupil(
            key=f"L{pupil:05}",
            # Three in a hundred have none yet.
            eckid=None if pupil % 33 == 32 else f"https://ketenid.nl/pilot/{digest.hexdigest()}",
            name=(random.choice(FIRST_NAMES), *random.choice(SURNAMES)),
            year=groups[group].years[pupil % len(groups[group].years)],
            group=group,
            subgroup=pupil // 25 % 2 if pupil % 25 == 3 and number >= 60 else None,
            secret=_secret(random, groups[group].secret_kind),
        )


def _secret(random: Random, kind: SecretKind) -> str:
    if kind == "pin":
        return f"{random.randrange(10_000):04}"
    return ",".join(random.sample(PICTURES, PICKED))


def _staff(random: Random, place: Place, groups: Sequence[Group], number: int) -> Iterator[Colleague]:
    """Two in a group as long as it goes round, the first of them the coordinator; who is left over was entered by the school."""
    taken: set[str] = set()
    domain = f"s{place.number:05}.school.example"
    taught = min(number, 2 * len(groups))
    for colleague in range(number):
        name: Name = (random.choice(STAFF_FIRST_NAMES), *random.choice(SURNAMES))
        teaches = colleague < taught
        own = roles.TEACHER if teaches else (roles.IB, roles.RT, roles.SUPPORT)[colleague % 3]
        yield Colleague(
            key=f"M{colleague:04}" if teaches else None,
            name=name,
            email=_address(name, domain, taken),
            roles=(own,) if colleague else (own, roles.ICT_COORDINATOR),
            groups=(colleague % len(groups),) if teaches else (),
            totp=_base32(random) if colleague == 0 else None,
        )


def _base32(random: Random) -> str:
    return "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=32))


def _address(name: Name, domain: str, taken: set[str]) -> str:
    local = ".".join(_ascii(part) for part in name if part)
    found = next(one for number in count(1) if (one := f"{local}{number if number > 1 else ''}@{domain}") not in taken)
    taken.add(found)
    return found


@cache
def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in plain if char.isascii() and (char.isalnum() or char == "-"))


def _changed(random: Random, pupil: Pupil, school: MadeSchool) -> tuple[Pupil, ...]:
    """Of ten who change six move to another group, two are named otherwise, one leaves, and one gets company."""
    what = random.choices(("moves", "named", "leaves", "company"), (6, 2, 1, 1))[0]
    if what == "moves":
        return (replace(pupil, group=(pupil.group + 1) % len(school.groups)),)
    if what == "named":
        return (replace(pupil, name=(random.choice(FIRST_NAMES), *pupil.name[1:])),)
    if what == "leaves":
        return ()
    return pupil, _newcomer(random, school, school.groups, f"N{pupil.key}")


def _newcomer(random: Random, school: MadeSchool, groups: Sequence[Group], key: str) -> Pupil:
    digest = hashlib.sha512(f"{school.place.number} {key}".encode()).hexdigest()
    name: Name = (random.choice(FIRST_NAMES), *random.choice(SURNAMES))
    return Pupil(key, f"https://ketenid.nl/pilot/{digest}", name, 1, 0, None, _secret(random, groups[0].secret_kind))


def _group_of(random: Random, groups: Sequence[Group], year: int) -> int:
    return random.choice([place for place, group in enumerate(groups) if year in group.years])
