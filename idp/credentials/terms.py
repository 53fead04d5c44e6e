"""The *gebruikersovereenkomst*: what a member of staff agrees to, in a version, and that each person read it (R16).

The texts are those of `terms.*` in the translations. Whoever changes what they say changes `VERSION`: everybody is then shown them once more, at the
next sign-in.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert

from idp.core import ledger
from idp.core.db import Db
from idp.core.hot import Hot, Statement
from idp.credentials.models import TermsRead

VERSION: Final = "2026-11"

_READ = Statement("SELECT 1 FROM terms_read WHERE person_id = $1 AND version = $2")


async def has_read(hot: Hot, person_id: int) -> bool:
    """Whether this person said that he read the present version."""
    return await hot.row(_READ, person_id, VERSION) is not None


async def record(db: Db, person_id: int, *, by: str, now: datetime) -> None:
    """This person read the present version now; `by` is his ledger id. Said twice, the last time counts."""
    same = TermsRead.person_id == person_id, TermsRead.version == VERSION
    await db.execute(delete(TermsRead).where(*same))
    await db.execute(insert(TermsRead).values(person_id=person_id, version=VERSION, read_at=now))
    await ledger.record(db, "terms.read", now=now, by=by, subject=by, detail={"version": VERSION})
