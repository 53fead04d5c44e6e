"""What each step's page shows: its template and what the template needs."""

import hashlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request

from directory import names, people, picking, schools, standing
from directory.names import Named
from directory.picking import OneChild, PickChild
from idp.core import clock
from idp.core.db import Db
from idp.core.frozen import replace
from idp.credentials import pupil_secrets, terms
from idp.http import visitors
from idp.http.kept import own
from idp.http.resources import resources_of
from idp.signin import answers, attempts, flow, passkey_proofs, password_proofs, proofs, reference, refusals
from idp.signin.attempts import Attempt
from idp.signin.desk import Desk
from idp.signin.refusals import Refusal
from idp.signin.steps import Known, Step
from idp.web import qr, this_browser
from idp.web.beginning import ADDRESS
from idp.web.puzzle import puzzle_shown
from metadata import parties
from metadata.parties import KnownParty
from mfa import totp

Context = dict[str, Any]
Shown = tuple[str, Context]


@dataclass(frozen=True, slots=True)
class Page:
    """One page about to be shown."""

    request: Request
    desk: Desk
    attempt: Attempt
    known: Known
    picked: tuple[str, ...] = ()

    @property
    def wait_seconds(self) -> int:
        """How long a next try makes no sense; 0 when it does."""
        return max(0, self.attempt.wait - int(self.desk.floor.now.timestamp()))

    def check(self, found: Collection[object]) -> None:
        """Raises `NothingToShow` for an empty list that may be empty because the school is not here."""
        if not found and self.known.supposed:
            raise NothingToShow

    def error(self, prefix: str) -> str | None:
        """The text for a wrong secret of this page; none while waiting is all there is to say."""
        if self.attempt.wrong == "passkey":
            return "signin.passkey.wrong"
        return f"{prefix}.wrong" if self.attempt.wrong in {"secret", "password", "code", "card"} else None


class NothingToShow(Exception):
    """The list is empty, and it was only supposed that the school is at this address."""


class NotOffered(Exception):
    """The address names a child that is not among the tiles of its group, or no longer; the text is the door of these."""


async def way(page: Page) -> Shown:
    """Leerling, Medewerker, Thuis; and the network provider by which somebody last signed in here.

    What is behind the door of staff is on the page already: it opens without a request. Not for who tried an address there: what that led to, a
    wait or work before the next try, stands at the door's own address.
    """
    number = page.desk.visitor.upstream_id
    known = await resources_of(page.request).upstreams.by_id(number) if number is not None else None
    network = known.party_name if known is not None and known.enabled else None
    tried = bool(page.attempt.email)
    opens = None if tried else own(attempts.ticket(page.desk.floor.keyring, page.attempt, Step.PASSWORD))
    return "signin/way.html", {"error": None, "network": network, "staff_ticket": opens, **_of_staff(page)}


async def not_here(page: Page) -> Shown:
    """A child on a network that is not the school's; whoever looks after that reads which one it is."""
    return "signin/not_here.html", {"error": None, "address": str(page.desk.visitor.address)}


async def card(page: Page) -> Shown:
    """Show the card to the camera, or let a scanner type it."""
    if page.known.supposed:
        hot, stands = page.desk.floor.database.hot, page.desk.visitor.standing
        page.check([True] if await standing.at_school(hot, page.attempt.school_id or 0, stands) else [])
    return "signin/card_shown.html", {"error": page.error("signin.card"), "wait_seconds": page.wait_seconds}


async def school(page: Page) -> Shown:
    """Several schools at one address."""
    async with page.desk.floor.database.read() as db:
        known = await schools.by_ids(db, page.known.here)
    choices = [{"at": _begun(page, answers.school_door(one.id)), "name": one.name} for one in known]
    return "signin/school.html", {"error": None, "schools": choices}


async def group(page: Page) -> Shown:
    """The groups of the school, this year's."""
    now = page.desk.floor.now
    stands = page.desk.visitor.standing
    year = clock.school_year(now)
    found = await picking.groups(page.desk.floor.database.hot, _school(page), school_year=year, standing=stands)
    page.check(found)
    # Every word is this school's own: one page, rendered once, serves all schools with as many groups.
    here = _chosen_here(page)
    doors = [answers.tile_door(g.id, school_id=here) for g in found]
    groups = [{"at": _begun(page, door), "name": own(g.name), "hint": ""} for door, g in zip(doors, found, strict=True)]
    return "signin/group.html", {"error": None, "groups": groups, "several": here is not None}


async def child(page: Page) -> Shown:
    """The children of the group: picture and roepnaam, nothing else (D24)."""
    floor, group_id = page.desk.floor, page.attempt.group_id or 0
    stands, today = page.desk.visitor.standing, flow.today(floor.now)
    children = await picking.children(floor.database.hot, _school(page), group_id, today=today, standing=stands)
    page.check(children)
    label = _before_the_secret(page, children)
    here = _chosen_here(page)
    doors = [answers.tile_door(group_id, c.person_id, school_id=here) for c in children]
    # As with groups: one page for all groups of this size.
    shown = [
        {"at": _begun(page, door), "label": own(label[c.person_id]), "picture": own(c.picture)}
        for door, c in zip(doors, children, strict=True)
    ]
    back = _begun(page, "groups" if here is None else answers.school_door(here))
    told = {"groups": back, "recalled": group_id == page.attempt.recalled}
    return "signin/child.html", {"error": None, "children": shown, **told}


async def same_child(page: Page) -> Shown:
    """Ben jij Noor?"""
    child = _shown(page, await _child(page, page.attempt.was_id))
    return "signin/resume_child.html", {"error": None, "child": child}


async def secret(page: Page) -> Shown:
    """Pictures or PIN, as this child has. Raises `NotOffered`: nobody is asked for by a number (D24)."""
    known = await _child(page, page.attempt.child_id)
    if by_tile(page.request) and (known is None or known.child.hidden or known.child.group_id != page.attempt.group_id):
        raise NotOffered(answers.tile_door(page.attempt.group_id, school_id=_chosen_here(page)))
    child, kind = _shown(page, known), known.child.secret_kind if known else None
    if kind is None:
        told = await reference_of(page, "person.no_secret", "pupil")
        whom = {"code": "person.no_secret", "register": "pupil", "contact": None, "school": None}
        return "signin/refused.html", {**whom, "reference": own(told), "can_go_back": False, "error": None}
    group_id = page.attempt.group_id
    back = "other"
    if by_tile(page.request) and group_id is not None:
        back = answers.tile_door(group_id, school_id=_chosen_here(page))
    shared = {"child": child | {"tiles": _begun(page, back)}, "wait_seconds": page.wait_seconds}
    if kind == "pictures":
        pictures = {"pictures": shuffled(page), "picked": page.picked}
        return "signin/pictures.html", {**shared, **pictures, "error": page.error("signin.pictures")}
    return "signin/pin.html", {**shared, "error": page.error("signin.pin")}


def shuffled(page: Page) -> list[Context]:
    """The secret pictures in an order of this attempt: neither a finger mark nor the place of a tap tells the next child which they were."""

    def place(key: str) -> bytes:
        return hashlib.blake2b(f"{page.attempt.id} {key}".encode(), digest_size=8).digest()

    order = sorted(pupil_secrets.PICTURES, key=place)
    return [{"key": own(key), "name": own(_text(page, f"picture.{key}"))} for key in order]


async def password(page: Page) -> Shown:
    """Address and password, or a passkey."""
    error = page.error("signin.password")
    puzzle = await _puzzle(page)
    shown = {"error": error, "wait_seconds": page.wait_seconds, "puzzle": puzzle}
    return "signin/password.html", {**_of_staff(page), **shown}


def _of_staff(page: Page) -> Context:
    """What the form of staff is filled with."""
    shared = page.attempt.shared
    remembered = "" if shared else visitors.remembered_email(page.request)
    remember = None if shared else bool(remembered)
    passkey = passkey_proofs.to_sign_in(page.desk, page.attempt)
    hint = page.attempt.question.hint if page.attempt.question else None
    return {"email": own(page.attempt.email or hint or remembered), "passkey": own(passkey), "remember": remember}


async def _puzzle(page: Page) -> Context | None:
    """Work before the next try, where a try just now was refused for want of it or went wrong; nobody else is asked, so nobody else is looked up."""
    if page.attempt.wrong not in {"work", "password"}:
        return None
    device = visitors.device_of(page.request, page.desk.floor.keyring, page.attempt.email)
    asked = await password_proofs.puzzle(replace(page.desk, device=device), page.attempt, proofs.STAFF)
    return puzzle_shown(asked, refused=page.attempt.wrong == "work")


async def enrol(page: Page) -> Shown:
    """A passkey, or the QR code of an app with its secret in writing."""
    floor = page.desk.floor
    attempt = await proofs.start_enrolment(page.desk, page.attempt)
    if attempt is not page.attempt:
        await attempts.keep(floor.store, floor.keyring, attempt)
    secret_text = proofs.enrolling_secret(page.desk, attempt)
    async with floor.database.read() as db:
        account = await people.email_of(db, attempt.proof.person_id) if attempt.proof else None
    uri = totp.uri(secret_text, account=account or "")
    passkey = await passkey_proofs.to_enrol(page.desk, attempt)
    manages = page.known.facts is not None and page.known.facts.manages
    named = this_browser.name_of(page.request) if passkey else ""
    shown = {"passkey": passkey, "named": named, "manages": manages, "wait_seconds": page.wait_seconds}
    context = {**shown, "qr_svg": qr.svg(uri), "secret": secret_text}
    return "signin/enrol.html", {**context, "error": page.error("signin.enrol")}


async def second_factor(page: Page) -> Shown:
    """What the person has, a passkey first, then a code."""
    proof = page.attempt.proof
    async with page.desk.floor.database.read() as db:
        has_app = await totp.enrolled(db, proof.person_id if proof else 0)
    passkey = await passkey_proofs.to_confirm(page.desk, page.attempt)
    context = {"passkey": passkey, "app": has_app, "wait_seconds": page.wait_seconds}
    return "signin/second_factor.html", {**context, "error": page.error("signin.code")}


async def keep_codes(page: Page) -> Shown:
    """The recovery codes, until they are kept."""
    return "signin/recovery_codes.html", {"error": None, "codes": proofs.owed_codes(page.desk, page.attempt)}


async def terms_again(_: Page) -> Shown:
    """What a member of staff agrees to, in its present version."""
    return "signin/terms.html", {"error": None, "version": terms.VERSION}


async def workplace(page: Page) -> Shown:
    """Several schools: choose one (R6)."""
    floor, proof = page.desk.floor, page.attempt.proof
    async with floor.database.read() as db:
        found = await people.workplaces(db, proof.person_id if proof else 0, today=flow.today(floor.now))
    places = [{"id": p.school_id, "name": p.school_name, "roles": p.roles} for p in found]
    return "signin/workplace.html", {"error": None, "workplaces": places}


async def play(page: Page) -> Shown:
    """As which reference person does the contact try his software?"""
    question = page.attempt.question
    found = await reference.playable(page.desk.floor, question.party_id) if question else []
    # A mistake on purpose is what OpenID Connect's answers can hold.
    trials = question is not None and question.protocol == "oidc"
    return "signin/reference.html", {"error": None, "people": found, "trials": trials}


async def refused(page: Page) -> Shown:
    """What happened and who can help; children are always sent to their school."""
    floor, attempt = page.desk.floor, page.attempt
    code = flow.refusal(attempt, page.known)
    register = "pupil" if attempt.proof and attempt.proof.kind == "pupil" else "staff"
    async with floor.database.read() as db:
        place = await schools.by_id(db, attempt.school_id) if attempt.school_id else None
        party = await parties.by_id(db, attempt.question.party_id) if attempt.question else None
        contact = await _contact(page, db, code, party) if register == "staff" else None
    told = await reference_of(page, code, register)
    context = {"code": code, "register": register, "contact": contact, "reference": told}
    school_shown = {"name": place.name} if place else None
    return "signin/refused.html", {
        **context,
        "school": school_shown,
        "can_go_back": attempt.question is not None and attempt.question.asked,
    }


async def reference_of(page: Page, code: str, register: str) -> str:
    """Under which reference this page can be asked about (D37)."""
    attempt, floor = page.attempt, page.desk.floor
    page.request.app.measures.refused(code)
    said = Refusal(
        code,
        int(floor.now.timestamp()),
        register,
        attempt.school_id,
        attempt.question.party_id if attempt.question is not None else None,
    )
    return await refusals.keep(floor, attempt.id, said, proven=attempt.proof is not None)


OF_THE_SCHOOL = frozenset({"consent.not_given", "consent.no_agreement", "person.excluded"})
"""Refusals that the ICT coordinator of the school can do something about."""


async def _contact(page: Page, db: Db, code: str, party: KnownParty | None) -> Context | None:
    """Whom a member of staff can turn to, by the cause: a coordinator of the own school, or the party."""
    if code in OF_THE_SCHOOL and page.attempt.school_id:
        today = flow.today(page.desk.floor.now)
        found = await people.coordinator_addresses(db, page.attempt.school_id, today=today)
        name = _text(page, "role.ict-coordinator")
        return {"name": name, "email": found[0], "phone": None, "url": None} if found else None
    if code == "party.disabled" and party and (party.contact_email or party.contact_phone or party.url):
        where = {"email": party.contact_email, "phone": party.contact_phone, "url": party.url}
        return {"name": party.contact_name or party.name, **where}
    return None


def _school(page: Page) -> int:
    return flow.school_of(page.attempt, page.known.here) or 0


async def _child(page: Page, person_id: int | None) -> OneChild | None:
    """One child of the school, with what tells it apart in its group."""
    hot, school_id = page.desk.floor.database.hot, _school(page)
    stands, today = page.desk.visitor.standing, flow.today(page.desk.floor.now)
    known = await picking.one(hot, school_id, person_id or 0, today=today, standing=stands)
    page.check((known,) if known else ())
    return known


def _shown(page: Page, known: OneChild | None) -> Context:
    """A child as its tile shows it."""
    if known is None:
        return {"label": "", "picture": "star"}
    child = known.child
    label = _text(page, f"picture.{child.picture}") if child.names_hidden else known.label
    return {"label": own(label), "picture": own(child.picture)}


def _chosen_here(page: Page) -> int | None:
    """The school that the address names: one of several, chosen just before."""
    tile = answers.tile_of(page.request.path_params.get("door", ""))
    return tile.school if tile is not None else None


def _begun(page: Page, door: str) -> str | None:
    return own(f"{ADDRESS}/{page.attempt.id}/{door}")


def by_tile(request: Request) -> bool:
    """Whether the address names a group, or a child in it."""
    return answers.tile_of(request.path_params.get("door", "")) is not None


def _before_the_secret(page: Page, children: list[PickChild]) -> dict[int, str]:
    return before_the_secret(children, partial(_text, page))


def before_the_secret(children: list[PickChild], text: Callable[[str], str]) -> dict[int, str]:
    """Names, or where the school shows none the words for the pictures (D24); `text` is what a key says in the language of the page."""
    if not any(child.names_hidden for child in children):
        return labels(children)
    return {child.person_id: text(f"picture.{child.picture}") for child in children}


def _text(page: Page, key: str) -> str:
    return resources_of(page.request).pages.text(page.desk.visitor.lang, key)


def labels(children: list[PickChild]) -> dict[int, str]:
    """What stands on the tiles of one group."""
    return names.display_names([Named(c.person_id, c.first_name, c.prefix, c.surname) for c in children])


PAGES: dict[Step, Callable[[Page], Awaitable[Shown]]] = {
    Step.WAY: way,
    Step.NOT_HERE: not_here,
    Step.CARD: card,
    Step.SCHOOL: school,
    Step.GROUP: group,
    Step.CHILD: child,
    Step.SAME_CHILD: same_child,
    Step.SECRET: secret,
    Step.PASSWORD: password,
    Step.ENROL: enrol,
    Step.SECOND_FACTOR: second_factor,
    Step.KEEP_CODES: keep_codes,
    Step.TERMS: terms_again,
    Step.WORKPLACE: workplace,
    Step.REFERENCE: play,
    Step.REFUSED: refused,
}
