"""What waits for the helpdesk or an operator, as the first page shows it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from idp.core.db import Db
from idp.web.helpdesk.guards import Attendant

Tone = Literal["brick", "sun", "quiet"]


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits: the key of its words (`helpdesk.need.<what>`), how many of it, on which page it is done, how pressing it is."""

    what: str
    count: int
    path: str
    tone: Tone


Looks = Callable[[Db, Attendant], Awaitable[list[Need]]]
