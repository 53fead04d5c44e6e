"""Passwords that leaked or that everybody tries: asked of a file that ships with us, never of a stranger on the network (D1, C-311).

`known_passwords.bin` holds the first four bytes of the SHA-256 of each entry, sorted: 0.3 MB that gives nobody a list to try. Of a hundred
thousand passwords that are not in it about five are taken for one that is; who meets that chooses another. `gather_known_passwords` makes it.
"""

import functools
import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("known_passwords.bin")
WIDTH: Final = 4


def holds(plain: str) -> bool:
    """Whether this password, in lower case, is among them."""
    wanted, marks = mark(plain), _Marks(_content())
    place = bisect_left(marks, wanted)
    return place < len(marks) and marks[place] == wanted


def mark(plain: str) -> bytes:
    """What the file keeps of an entry."""
    return hashlib.sha256(plain.encode()).digest()[:WIDTH]


def written(entries: Iterable[str]) -> bytes:
    """The content of the file for these entries, each in lower case."""
    return b"".join(sorted({mark(entry) for entry in entries}))


class _Marks(Sequence[bytes]):
    """The marks of the file, without a Python object for each."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __len__(self) -> int:
        return len(self._content) // WIDTH

    def __getitem__(self, place: int) -> bytes:  # type: ignore[override]
        return self._content[place * WIDTH : (place + 1) * WIDTH]


@functools.cache
def _content() -> bytes:
    # Read when somebody first chooses a password, not by every process at its start (D43).
    return FILE.read_bytes()
