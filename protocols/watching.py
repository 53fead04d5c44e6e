"""What a party under test asked and was answered goes to its test environment, after the answer (`idp.sandbox`).

Whether a party is under test stands on the connection that was read anyway: nobody else pays for this.
"""

from datetime import datetime

from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.http.resources import Resources
from idp.sandbox.seen import Seen
from idp.signin.sessions import NO_SCHOOL, Session


def keep(resources: Resources, seen: Seen) -> None:
    """Hands it over; where there is too much to do after answers it is dropped."""
    try:
        resources.afterwards.check_room()
    except Problem:
        return
    resources.afterwards.do(_kept(resources.floor, seen, resources.floor.now))


async def _kept(floor: Floor, seen: Seen, at: datetime) -> None:
    # Loaded where the first party under test is, and nowhere else (D43).
    from idp.sandbox import exchanges

    await exchanges.keep(floor, seen, at=at)


def may_keep(tried_at: int | None, school_id: int | None) -> bool:
    """Whether something about somebody of this school (None for nobody) may be kept of a party that is tried at that one (None for no party)."""
    return tried_at is not None and school_id in {None, tried_at}


def school_of(session: Session | None) -> int | None:
    """The school of whoever is signed in; None for nobody, and for a contact, who has none and is in no exchange."""
    return session.school_id if session is not None and session.school_id != NO_SCHOOL else None
