"""What statements become, once for all databases that a process of the suite opens.

An engine remembers that for itself. Here every command has its own, and making each of its statements anew took a fifth of its time.
"""

from typing import Any, Final

from sqlalchemy import Compiled, Connection


class _Made(dict[tuple[Any, ...], Compiled]):
    """As SQLAlchemy keeps it, for all databases of a kind in place of one engine: what it becomes is the same on each."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], made: Compiled) -> None:
        super().__setitem__((key[0].name, *key[1:]), made)


_MADE: Final = _Made()


def remember(connection: Connection) -> None:
    """Has a connection look there first."""
    connection.execution_options(compiled_cache=_MADE)
