"""Who may do what with an application, and what it becomes: four eyes, as one pure function (R9, R12).

asked -> received -> approved -> done, with a refusal from received and approved, and a way back to asked when a letter will not do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from directory.lifecycle.refusals import Refused

State = Literal["asked", "received", "approved", "done", "refused"]
Act = Literal["upload", "approve", "confirm", "return", "refuse"]

TO_CHECK: Final[tuple[State, ...]] = ("received", "approved")

_WAYS: Final[Mapping[Act, Mapping[State, State]]] = {
    # Another letter replaces the one before until somebody said yes to it.
    "upload": {"asked": "received", "received": "received"},
    "approve": {"received": "approved"},
    "confirm": {"approved": "done"},
    "return": {"received": "asked", "approved": "asked"},
    "refuse": {"received": "refused", "approved": "refused"},
}

REFUSALS: Final[Mapping[str, str]] = {
    "not_now": "the application is not in a state for that",
    "same_person": "the second yes is somebody else's: two pairs of eyes look at every application",
    "changed": "the application changed since it was looked at: look again",
    "reason_needed": "say in a few words why: the applicant reads it",
    "in_the_way": "something stands in the way of this application",
    "address_taken": "the address of the intended coordinator is another colleague's at this school",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an application is: its state, its version, and who gave the first yes."""

    state: State
    version: int
    approved_by: str | None


def after(standing: Standing, act: Act, *, by: str, seen: int | None = None) -> State:
    """The state that follows. `seen` is the version that was looked at; nobody decides about what he did not see. Raises `Refused`."""
    following = _WAYS[act].get(standing.state)
    if following is None:
        raise refused("not_now")
    if act != "upload" and seen != standing.version:
        raise refused("changed")
    if act == "confirm" and standing.approved_by in (None, by):
        raise refused("same_person")
    return following


def refused(code: str) -> Refused:
    """The refusal with this code of `REFUSALS`."""
    return Refused(code, REFUSALS[code])
