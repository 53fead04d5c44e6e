"""The receipt of a yes or of taking it back, in the words of the sheet on which it was decided."""

from collections.abc import Collection
from datetime import datetime

from consent import receipts
from consent.offers import Offer
from consent.receipts import Receipt
from directory import people
from directory.schools import KnownSchool
from idp.core.db import Db
from idp.http.resources import Resources


async def send(
    db: Db,
    resources: Resources,
    kind: Receipt,
    school: KnownSchool,
    one: Offer,
    fields: Collection[str],
    *,
    by: str,
    now: datetime,
) -> None:
    """To everybody who coordinates the school. Like what the operator records, in Dutch: it is evidence for the school, not a page for the reader."""
    text = resources.pages.text
    words = [
        receipts.words(text("nl", f"desk.party.field.{each.name}"), each) for each in one.wanted if each.name in fields
    ]
    who = (await people.called(db, [by]))[by]
    contact = resources.floor.settings.support_contact
    await receipts.send(db, kind, school, one.party.name, fields=words, who=who, contact=contact, now=now)
