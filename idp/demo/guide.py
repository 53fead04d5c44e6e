"""What the front door shows of the demonstration: where to click, who can sign in, with what."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from directory import groups, names, people, picking, schools
from directory.models import Person
from directory.names import Named
from directory.schools import KnownSchool
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import home_codes, login_cards, parents
from idp.demo.notes import Notes, PupilNote, StaffNote
from idp.demo.sites import Sites
from idp.web import qr
from mfa import totp


@dataclass(frozen=True, slots=True)
class GuideParty:
    """A publisher and where its site begins; `about` is a key of the guide's texts, or empty."""

    name: str
    protocol: str
    url: str
    about: str


@dataclass(frozen=True, slots=True)
class GuideShortcut:
    """The pupil shortcut of a school."""

    school: str
    url: str


@dataclass(frozen=True, slots=True)
class GuidePupil:
    """A child as its tile shows it; `secret` is a PIN, or the pictures in their order; `home_code` is empty where it has none, `card` what its
    sign-in card holds, if it has one.
    """

    school: str
    group: str
    name: str
    picture: str
    secret: str | tuple[str, ...]
    home_code: str = ""
    card: str | None = None
    card_qr_svg: str | None = None


@dataclass(frozen=True, slots=True)
class GuideParent:
    """A parent's address, and the children as their tiles show them; the password is the parent's to choose."""

    email: str
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuideColleague:
    """A member of staff; `about` is a key of the guide's texts, or empty."""

    name: str
    email: str
    password: str
    role: str
    about: str
    totp_secret: str | None
    totp_qr_svg: str | None


@dataclass(frozen=True, slots=True)
class Guide:
    """Everything that `_demo.html` shows."""

    front_door: str
    parties: tuple[GuideParty, ...]
    shortcuts: tuple[GuideShortcut, ...]
    pupils: tuple[GuidePupil, ...]
    parents: tuple[GuideParent, ...]
    staff: tuple[GuideColleague, ...]
    mailbox_url: str
    las_url: str


async def guide(floor: Floor, known: Notes, sites: Sites) -> Guide:
    """The guide as the database has it now: who left is not in it."""
    async with floor.database.read() as db:
        school = await schools.by_id(db, known.school_id)
        called = {group.id: group.name for group in await groups.of_school(db, school.id)}
        staff = [await _colleague(db, note, known.password) for note in known.staff]
        at_home = await parents.of_children(db, school.id, [note.person_id for note in known.pupils])
    pupils = {note.person_id: await _pupil(floor, school, note, called) for note in known.pupils}
    shortcut = f"{sites.idp}/login/leerlingen/snelkoppelaar?INSTELLING_REF={school.instelling_ref}"
    return Guide(
        front_door=sites.idp,
        parties=(
            GuideParty("Rekenrijk", "OpenID Connect", f"{sites.rekenrijk}/", ""),
            GuideParty("Taalpaleis", "SAML 2.0", f"{sites.taalpaleis}/", ""),
            GuideParty("Wereldwijs", "OpenID Connect", f"{sites.wereldwijs}/", "not_ticked"),
            GuideParty("Demo Netwerk", "SAML 2.0, OpenID Connect", f"{sites.netwerk}/", "network"),
        ),
        shortcuts=(GuideShortcut(school.name, shortcut),),
        pupils=tuple(filter(None, pupils.values())),
        parents=_parents(pupils, at_home),
        staff=tuple(filter(None, staff)),
        mailbox_url=f"{sites.mailbox}/",
        las_url=f"{sites.klasboek}/",
    )


async def _pupil(floor: Floor, school: KnownSchool, note: PupilNote, called: Mapping[int, str]) -> GuidePupil | None:
    today = floor.now.astimezone(AMSTERDAM).date()
    group = await picking.classmates(floor.database.hot, school.id, note.person_id, today=today)
    child = next((child for child in group if child.person_id == note.person_id), None)
    if child is None or child.group_id is None or child.group_id not in called:
        return None
    async with floor.database.read() as db:
        codes = await home_codes.opened(db, floor.keyring, school.id, [child.person_id], today=today)
        _, ledger_id = await people.identity(db, note.person_id)
        card = (await login_cards.codes(db, floor.keyring, {note.person_id: ledger_id})).get(note.person_id)
    labels = names.display_names([Named(c.person_id, c.first_name, c.prefix, c.surname) for c in group])
    return GuidePupil(
        school=school.name,
        group=called[child.group_id],
        name=labels[child.person_id],
        picture=child.picture,
        secret=tuple(note.secret.split(",")) if "," in note.secret else note.secret,
        home_code=home_codes.written(codes[child.person_id]) if child.person_id in codes else "",
        card=card,
        card_qr_svg=qr.svg(card, error="l") if card else None,
    )


def _parents(
    pupils: Mapping[int, GuidePupil | None], at_home: Mapping[int, list[parents.Known]]
) -> tuple[GuideParent, ...]:
    children: dict[str, list[str]] = {}
    for person_id, pupil in pupils.items():
        if pupil is not None:
            for known in at_home.get(person_id, ()):
                children.setdefault(known.email, []).append(pupil.name)
    return tuple(GuideParent(email, tuple(names)) for email, names in children.items())


async def _colleague(db: Db, note: StaffNote, password: str) -> GuideColleague | None:
    columns = Person.first_name, Person.prefix, Person.surname, Person.email
    row = (await db.execute(select(*columns).where(Person.id == note.person_id, ~Person.disabled))).one_or_none()
    if row is None or row.email is None:
        return None
    secret = note.totp_secret
    return GuideColleague(
        name=names.full_name(row.first_name, row.prefix, row.surname) or row.email.partition("@")[0].title(),
        email=row.email,
        password=password,
        role=note.role,
        about=note.about,
        totp_secret=secret,
        totp_qr_svg=qr.svg(totp.uri(secret, account=row.email), error="l") if secret else None,
    )
