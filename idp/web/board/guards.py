"""Who may be at the board's pages: whoever has a role on that very board, proven with two factors (D7, D20).

Who coordinates its schools acts; a board director looks and changes nothing. Both go by `directory.rights`, asked anew at every page.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from directory import boards, rights
from directory.boards import KnownBoard
from directory.rights import OnBoard
from directory.schools import KnownSchool
from idp.core.errors import Problem
from idp.web import guarding
from idp.web.guarding import BOARD, Door, Form, Sitting, number

__all__ = ["BOARD", "Form", "Overseer", "act", "asks", "number", "opens", "view", "works"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overseer(Sitting):
    """Somebody with a role on a board, at its pages; `schools` are the open ones that it runs now, by name."""

    on: OnBoard
    schools: tuple[KnownSchool, ...]

    @property
    def board(self) -> KnownBoard:
        """The board in the address."""
        return self.on.board

    @property
    def acts(self) -> bool:
        """Whether this person acts for the schools; who does not only looks."""
        return self.on.coordinates

    @property
    def base(self) -> str:
        """Where the pages of this board begin."""
        return f"{BOARD}/{self.board.number}"

    @property
    def ticket(self) -> str:
        """Of this session and this board."""
        return self.floor.keyring.mac("ticket", "board", self.session.key, str(self.board.id)).hex()[:32]


async def at_the_board(request: Request, within: int | None) -> Overseer | Response:
    """Who looks, or the way to prove oneself (again). Raises `Problem("board.not_yours")` for everybody else."""
    come = await guarding.arrival(request, closed="board.not_yours")
    if come.session is None:
        return await come.prove()
    floor = come.resources.floor
    wanted = str(request.path_params["board"])
    async with floor.database.read() as db:
        on = next((one for one in await rights.boards(db, come.session.person_id) if one.board.number == wanted), None)
        if on is None:
            # The same for a board of somebody else's and for one that does not exist (C-324).
            raise Problem("board.not_yours", status=403, detail="no role on that board")
        run = tuple(await boards.schools_of(db, on.board.id))
    if come.session.second_at is None or not guarding.fresh(come.session, within=within, now=floor.now):
        return await come.prove()
    for school in run:
        if not await guarding.vouched(come.resources, come.session, school.id):
            return await come.prove()
    return Overseer(**await come.sitting(come.session), on=on, schools=run)


async def _who_acts(request: Request, within: int | None) -> Overseer | Response:
    """Like `at_the_board`, for what changes something. Raises `Problem("board.only_looks")` for who only looks."""
    found = await at_the_board(request, within)
    if isinstance(found, Overseer) and not found.acts:
        raise Problem("board.only_looks", status=403, detail="a board director changes nothing")
    return found


_LOOKS: Final = Door(at_the_board, to_open=guarding.STEP_UP)
view, asks = _LOOKS.view, _LOOKS.asks
_ACTS: Final = Door(_who_acts, to_open=guarding.STEP_UP)
works, opens, act = _ACTS.view, _ACTS.opens, _ACTS.act
