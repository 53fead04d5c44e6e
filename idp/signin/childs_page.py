"""A child's own page: whether its session still holds, who it is, and the software of its school, in one statement.

Every child that signs in at our own door ends there, and what `idp.signin.facts` reads about anybody costs it more than all of this.
"""

from dataclasses import dataclass
from datetime import date

from directory.picking import BETWEEN, FROM_ONE, ONE, WITHIN, OneChild, read_one
from directory.standing import Standing, as_parameters
from idp.core.hot import Hot, Statement
from idp.signin.sessions import Session

_SOFTWARE = f"""(SELECT string_agg(pub.told, '{BETWEEN}') FROM (SELECT pa.url || '{WITHIN}' || replace(pa.name, '{BETWEEN}', ' ') AS told
    FROM ticks t JOIN parties pa ON pa.id = t.party_id
    WHERE t.school_id = $1 AND t.given AND pa.enabled AND pa.kind = 'publisher' AND pa.url IS NOT NULL ORDER BY pa.name, pa.id) pub)"""  # noqa: S608

_PAGE = Statement(f"SELECT {_SOFTWARE}, {ONE} {FROM_ONE} AND per.epoch = $6")


@dataclass(frozen=True, slots=True)
class ChildsPage:
    """The child, and (name, address) of the publishers that its school ticked and that say where their software begins."""

    child: OneChild
    software: list[tuple[str, str]]


async def of(hot: Hot, session: Session, *, today: date, standing: Standing | None) -> ChildsPage | None:
    """The page of whose session this is; None where the session holds no more: the child left, its sessions were ended, or it does not stand at
    its school (`standing`; None for who needs not, C-317). Raises `Unavailable`.
    """
    row = await hot.row(_PAGE, session.school_id, session.person_id, today, *as_parameters(standing), session.epoch)
    if row is None:
        return None
    software, *of_child = row
    # A party's name is whatever it said: one that holds a separator begins no other tile.
    told = [one.partition(WITHIN) for one in (software or "").split(BETWEEN)]
    return ChildsPage(read_one(of_child), [(name, url) for url, within, name in told if within])
