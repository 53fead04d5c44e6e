"""Work before a try, as a form shows it (D2): the macro `puzzle` of `_parts.html` takes what is made here, inside the form it belongs to.

The form's POST gives its fields to `puzzles.earned` and what that says to `throttle.enter` as `worked`; its page asks `puzzles.asked`.
"""

from typing import Any

from idp.core.puzzles import Puzzle
from idp.http.kept import own


def puzzle_shown(puzzle: Puzzle | None, *, refused: bool) -> dict[str, Any] | None:
    """What the macro takes; `refused`: a try came without the work, and was not looked at."""
    if puzzle is None:
        return None
    return {"asked": own(puzzle.asked), "since": own(puzzle.since), "seconds": puzzle.seconds, "refused": refused}
