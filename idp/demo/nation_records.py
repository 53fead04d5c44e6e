"""A made-up school as its administration system would deliver it: as EDEXML, or as what is read from it."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from directory.imports.records import Administration, GroupLink, GroupRecord, PupilRecord, SchoolRecord, StaffRecord
from idp.demo.nation_people import Colleague, MadeSchool, Pupil


def edexml(school: MadeSchool, *, school_year: str) -> bytes:
    """The school's file, in EDEXML 2.1 and UTF-8."""
    return "\n".join(_lines(school, school_year)).encode()


def administration(school: MadeSchool, *, school_year: str) -> Administration:
    """What our reader makes of `edexml`."""
    place = school.place
    return Administration(
        school=SchoolRecord(school_year, place.brin, place.location, None, None),
        locations=(),
        groups=(
            *(GroupRecord(group.key, group.name, group.code, "stamgroep") for group in school.groups),
            *(GroupRecord(f"S{at}", name, None, "subgroep") for at, name in enumerate(school.subgroups, start=1)),
        ),
        pupils=tuple(_pupil(pupil, school) for pupil in school.pupils),
        staff=tuple(_colleague(one, school) for one in school.staff if one.key is not None),
        warnings=(),
    )


def _pupil(pupil: Pupil, school: MadeSchool) -> PupilRecord:
    first_name, prefix, surname = pupil.name
    return PupilRecord(
        key=pupil.key,
        eckid=pupil.eckid,
        first_name=first_name,
        prefix=prefix,
        surname=surname,
        year_group=str(pupil.year),
        group_key=school.groups[pupil.group].key,
        subgroup_keys=() if pupil.subgroup is None else (f"S{pupil.subgroup + 1}",),
        location_key=None,
        starts_on=None,
        ends_on=None,
    )


def _colleague(one: Colleague, school: MadeSchool) -> StaffRecord:
    first_name, prefix, surname = one.name
    return StaffRecord(
        key=one.key or "",
        first_name=first_name,
        prefix=prefix,
        surname=surname,
        email=one.email,
        roles=("LRK",),
        groups=tuple(GroupLink(school.groups[place].key, "stamgroep") for place in one.groups),
    )


def _lines(school: MadeSchool, school_year: str) -> Iterator[str]:
    place = school.place
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<EDEX>\n<school>'
    yield f"<schooljaar>{school_year}</schooljaar><brincode>{place.brin}</brincode>"
    if place.location:
        yield f"<dependancecode>{place.location}</dependancecode>"
    yield "<xsdversie>2.1</xsdversie></school>\n<groepen>"
    for group in school.groups:
        yield f'<groep key="{group.key}">{_element("naam", group.name)}{_element("jaargroep", group.code)}</groep>'
    for at, name in enumerate(school.subgroups, start=1):
        yield f'<samengestelde_groep key="S{at}">{_element("naam", name)}</samengestelde_groep>'
    yield "</groepen>\n<leerlingen>"
    for pupil in school.pupils:
        subgroup = "" if pupil.subgroup is None else f'<samengestelde_groep key="S{pupil.subgroup + 1}"/>'
        yield (
            f"<leerling key={quoteattr(pupil.key)}{f' eckid={quoteattr(pupil.eckid)}' if pupil.eckid else ''}>"
            f"{_named(pupil)}{_element('jaargroep', str(pupil.year))}"
            f'<groep key="{school.groups[pupil.group].key}"/>'
            f"{f'<samengestelde_groepen>{subgroup}</samengestelde_groepen>' if subgroup else ''}</leerling>"
        )
    yield "</leerlingen>\n<leerkrachten>"
    for one in school.staff:
        if one.key is not None:
            groups = "".join(f'<groep key="{school.groups[place].key}"/>' for place in one.groups)
            address = _element("emailadres", one.email)
            yield f'<leerkracht key="{one.key}">{_named(one)}{address}<rol>LRK</rol><groepen>{groups}</groepen></leerkracht>'
    yield "</leerkrachten>\n</EDEX>\n"


def _named(person: Pupil | Colleague) -> str:
    first_name, prefix, surname = person.name
    parts = (("achternaam", surname), ("voorvoegsel", prefix), ("roepnaam", first_name))
    return "".join(_element(name, text) for name, text in parts if text)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
