"""Two imports at once may both bring the same new colleague, or wait for each other: one of them begins again, and then knows better."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

T = TypeVar("T")

_TRIES: Final = 5
_LOST: Final = frozenset({"40001", "40P01"})
"""PostgreSQL's serialization_failure and deadlock_detected."""


async def until_alone(transaction: Callable[[], Awaitable[T]]) -> T:
    """Does something that is one whole transaction, again when it collided with another one. Raises what it raises in the end."""
    for _ in range(_TRIES - 1):
        try:
            return await transaction()
        except DBAPIError as error:
            if not collided(error):
                raise
    return await transaction()


def collided(error: DBAPIError) -> bool:
    """Whether doing the same again may go well."""
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in _LOST
