"""For what the demonstration's parties say that they need each field, and what they can do without."""

from datetime import datetime
from typing import Final

from idp.core import ledger
from idp.core.db import Db
from idp.demo.schools import BY
from metadata import field_lists
from metadata.field_lists import ListedField

SERVICES: Final = {
    "Rekenrijk": "Rekenen op niveau",
    "Taalpaleis": "Lezen en schrijven",
    "Wereldwijs": "De wereld rond",
    "Demo Netwerk": "De omgeving van de school",
}

NEEDED: Final = frozenset({"subject", "first_name", "affiliation", "school_name", "groups"})

PURPOSES: Final = {
    "subject": ("Het kind een volgende keer herkennen", "Knowing the child again next time"),
    "eckid": ("Resultaten meenemen naar ander lesmateriaal", "Taking results along to other learning materials"),
    "first_name": ("De naam boven de les", "The name above the lesson"),
    "prefix": ("De naam goed schrijven", "Writing the name correctly"),
    "surname": ("Kinderen met dezelfde roepnaam uit elkaar houden", "Telling apart children with the same first name"),
    "display_name": ("De naam op een overzicht voor de leerkracht", "The name on an overview for the teacher"),
    "affiliation": ("De omgeving van leerling of leerkracht tonen", "Showing the pupil's or the teacher's environment"),
    "roles": ("De IB'er alle groepen laten zien", "Showing all groups to the internal supervisor"),
    "brin": ("De licentie van de school vinden", "Finding the school's licence"),
    "location": ("De licentie van de vestiging vinden", "Finding the location's licence"),
    "school_name": ("De naam van de school tonen", "Showing the name of the school"),
    "instelling_ref": ("De vestiging herkennen", "Knowing the location again"),
    "groups": ("De leerkracht de eigen groep laten zien", "Showing the teacher the own group"),
    "year_group": ("Beginnen op het juiste niveau", "Beginning at the right level"),
}


async def publish(db: Db, party_id: int, name: str, fields: frozenset[str], *, now: datetime) -> None:
    """The first list of the party's one service."""
    told = tuple(ListedField(field, field in NEEDED, *PURPOSES[field]) for field in sorted(fields))
    await field_lists.publish(db, party_id, SERVICES[name], told, now=now)
    detail = {"party": party_id, "version": 1, "fields": sorted(fields)}
    await ledger.record(db, "party.fields_published", now=now, by=BY, detail=detail)
