"""Klasboek, the administration system of the demonstration's large school: the UWLR service, and a page to change something there."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.core import clock
from idp.core.clock import AMSTERDAM, utc_now
from idp.demo import las
from idp.demo.generator import write_school
from idp.demo.las import Las, SchoolThere
from idp.demo.name_lists import FIRST_NAMES, SURNAMES
from idp.demo.notes import Notes
from idp.demo.pages import Brand, Site
from idp.demo.schools import LARGE

SYSTEM: Final = "klasboek"
NAME: Final = "Klasboek"

FAULTS: Final = {
    "": "Alles werkt",
    "Server.TijdelijkNietBeschikbaar": "Tijdelijk niet beschikbaar",
    "Client.AutorisatieOngeldig": "De sleutel wordt geweigerd",
}
"""What the page can make the service answer."""


@dataclass
class Administration:
    """The system with its one school."""

    las: Las
    school: SchoolThere
    enrolled: int = 0

    @property
    def people(self) -> etree._Element:
        """The school's file, to look at or to change."""
        return etree.fromstring(self.school.edexml)

    def enrol(self, *, now: datetime) -> None:
        """A new child in the first group, who has no ECK-iD yet."""
        edex = self.people
        self.enrolled += 1
        surname_prefix, surname = SURNAMES[-self.enrolled % len(SURNAMES)]
        child = etree.SubElement(
            _section(edex, "leerlingen"), "leerling", {"key": f"N{now:%y%m%d%H%M%S}{self.enrolled}"}
        )
        etree.SubElement(child, "achternaam").text = surname
        if surname_prefix:
            etree.SubElement(child, "voorvoegsel").text = surname_prefix
        etree.SubElement(child, "roepnaam").text = FIRST_NAMES[-self.enrolled % len(FIRST_NAMES)]
        etree.SubElement(child, "jaargroep").text = "1"
        etree.SubElement(child, "groep", {"key": "G1"})
        self._store(edex, now=now)

    def leave(self, *, now: datetime) -> None:
        """The child that is last in the list leaves; the first two stay, for a school has pupils."""
        edex = self.people
        pupils = _section(edex, "leerlingen")
        if len(pupils) > 2:
            pupils.remove(pupils[-1])
            self._store(edex, now=now)

    def _store(self, edex: etree._Element, *, now: datetime) -> None:
        self.school.edexml = etree.tostring(edex, encoding="utf-8")
        self.school.changed_at = now


def _section(edex: etree._Element, name: str) -> etree._Element:
    found = edex.find(name)
    if found is None:
        raise LookupError(f"the file has no {name}")
    return found


def opened(known: Notes, *, now: datetime) -> Administration:
    """The system as it is when the demonstration starts: the same people that were taken in."""
    content = io.BytesIO()
    write_school(
        content,
        seed=known.people_from,
        school_year=clock.school_year(now),
        brin=LARGE.brin,
        pupils=LARGE.pupils,
        groups=LARGE.groups,
        mail_domain=LARGE.mail_domain,
    )
    school = SchoolThere(LARGE.brin, "", known.las_key, content.getvalue(), now)
    system = Las()
    system.add(school)
    return Administration(system, school)


def create(brand: Brand, administration: Administration, *, idp: str) -> Starlette:
    """The site: the service, and the page."""
    site = Site(brand, idp=idp)

    async def show(_request: Request) -> Response:
        people, school = administration.people, administration.school
        return site.page(
            "administration.html",
            school=LARGE.name,
            brin=school.brin,
            key=school.key,
            pupils=len(_section(people, "leerlingen")),
            groups=len(people.findall("groepen/groep")),
            changed_at=school.changed_at.astimezone(AMSTERDAM),
            asked=list(administration.las.asked)[-5:],
            faults=FAULTS,
            fault=administration.las.trouble or "",
        )

    async def enrol(_request: Request) -> Response:
        administration.enrol(now=utc_now())
        return RedirectResponse("/", status_code=303)

    async def leave(_request: Request) -> Response:
        administration.leave(now=utc_now())
        return RedirectResponse("/", status_code=303)

    async def answer(request: Request) -> Response:
        chosen = parse_qs((await request.body()).decode("ascii", "replace")).get("fault", [""])[0]
        if chosen not in FAULTS:
            return site.trouble("Dit kan de dienst niet antwoorden.")
        administration.las.trouble = chosen or None
        return RedirectResponse("/", status_code=303)

    return site.app(
        [
            Route("/", show),
            Route("/inschrijven", enrol, methods=["POST"]),
            Route("/uitschrijven", leave, methods=["POST"]),
            Route("/antwoord", answer, methods=["POST"]),
            las.route(administration.las),
        ]
    )
