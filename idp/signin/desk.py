"""What an answer at a step needs beside the attempt, and what the answers share: counters, waiting, the line in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.core import ledger, throttle
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.credentials.passwords import Hasher
from idp.signin.attempts import Attempt
from idp.signin.question import Visitor

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """The floor, the password pool, who stands there, the schools at that address.

    `device` names a browser on which this account proved itself wholly before, None for any other: its tries are counted apart, so that
    nobody can slow the owner down from elsewhere.
    """

    floor: Floor
    hasher: Hasher
    visitor: Visitor
    here: tuple[int, ...] = ()
    device: str | None = None

    @property
    def seconds(self) -> int:
        """The present moment as an epoch second."""
        return int(self.floor.now.timestamp())

    def counter(self, *what: str) -> bytes:
        """The key of a counter of tries."""
        return self.floor.keyring.mac("token", "throttle", *what)

    def network(self, crowd: str) -> bytes:
        """The counter of what goes wrong in a crowd behind the network that this visitor comes from."""
        return self.counter(crowd, self.visitor.network)


def must_wait(desk: Desk, attempt: Attempt, seconds: int) -> Attempt:
    """The attempt after a try that `throttle.enter` did not let pass: so many seconds to wait, or work to do."""
    if seconds == throttle.NEEDS_WORK:
        return replace(attempt, wrong="work", wait=0)
    return replace(attempt, wrong="wait", wait=desk.seconds + seconds)


async def note(desk: Desk, action: str, *, by: str, way: str, school_id: int | None = None) -> None:
    """One line in the ledger about whoever is, or says to be, the person at the desk."""
    hot, now = desk.floor.database.hot, desk.floor.now
    await ledger.note(hot, action, now=now, by=by, school_id=school_id, subject=by, detail={"way": way})


def number(form: Form, name: str) -> int | None:
    """A number in a form; None for anything else."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
