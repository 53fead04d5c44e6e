"""What was read, kept while its import waits for somebody's yes or for its date: sealed, and nothing but allow-listed values (D17, D39).

The file itself is never kept. What is sealed here was read by our own reader and comes back as the same value.
"""

import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from typing import Any, Final

import orjson

from directory.imports.pressed import Press
from directory.imports.records import (
    Administration,
    GroupLink,
    GroupRecord,
    LocationRecord,
    Once,
    PupilRecord,
    Remark,
    SchoolRecord,
    StaffRecord,
)
from idp.core.crypto import Keyring
from idp.core.portions import portions

_TOGETHER: Final = 500
"""Records in a line: of 200,000 pupils nobody holds the whole text, neither who writes nor who reads it."""
_READ: Final = 1 << 16
_SHARED: Final = ("first_name", "prefix", "surname", "year_group", "group_key", "location_key")


def seal_content(keyring: Keyring, run_id: int, administration: Administration) -> bytes:
    """The value of `import_runs.content` for this run; it opens in no other row."""
    lines = Lines()
    first = {name: getattr(administration, name) for name in ("school", "locations", "groups", "warnings", "addressed")}
    lines.add(first)
    people: dict[str, Sequence[object]] = {"pupils": administration.pupils, "staff": administration.staff}
    for name, records in people.items():
        for some in portions(records, most=_TOGETHER):
            lines.add({name: some})
    return keyring.seal(lines.packed(), bound_to=f"import_runs.content.{run_id}")


def open_content(keyring: Keyring, run_id: int, sealed: bytes) -> Administration:
    """What `seal_content` was given. Raises `CannotOpen`."""
    lines = _unpressed(keyring.open(sealed, bound_to=f"import_runs.content.{run_id}"))
    told, once = next(lines), Once()
    pupils = Press[PupilRecord]()
    staff: list[StaffRecord] = []
    for some in lines:
        for one in some.get("pupils", ()):
            pupils.add(_pupil(one, once))
        staff += (_colleague(one) for one in some.get("staff", ()))
    return Administration(
        school=SchoolRecord(**told["school"] | {"reference_date": _day(told["school"]["reference_date"])}),
        locations=tuple(LocationRecord(**one) for one in told["locations"]),
        groups=tuple(GroupRecord(**one) for one in told["groups"]),
        pupils=pupils.row(),
        staff=tuple(staff),
        warnings=tuple(Remark(**one) for one in told["warnings"]),
        addressed=told["addressed"],
    )


class Lines:
    """Values written one after the other, each a line, and pressed at once: nobody holds the whole text."""

    def __init__(self) -> None:
        self._press = zlib.compressobj(1)
        self._packed = BytesIO()

    def add(self, value: object) -> None:
        """The next line."""
        self._packed.write(self._press.compress(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)))

    def packed(self) -> bytes:
        """All of them, once."""
        self._packed.write(self._press.flush())
        return self._packed.getvalue()


def _unpressed(packed: bytes) -> Iterator[Any]:
    press, rest = zlib.decompressobj(), b""
    for begin in range(0, len(packed), _READ):
        *whole, rest = (rest + press.decompress(packed[begin : begin + _READ])).split(b"\n")
        yield from map(orjson.loads, whole)


def seal_inverse(keyring: Keyring, run_id: int, parts: Lines) -> bytes:
    """The value of `import_runs.inverse` for this run; it opens in no other row."""
    return keyring.seal(parts.packed(), bound_to=f"import_runs.inverse.{run_id}")


def open_inverse(keyring: Keyring, run_id: int, sealed: bytes) -> Iterator[Any]:
    """The parts that `seal_inverse` was given, as JSON has them. Raises `CannotOpen`."""
    return _unpressed(keyring.open(sealed, bound_to=f"import_runs.inverse.{run_id}"))


def seal_advice(keyring: Keyring, run_id: int, advice: object) -> bytes:
    """The value of `import_runs.advice` for this run; it opens in no other row."""
    return keyring.seal(_packed(advice), bound_to=f"import_runs.advice.{run_id}")


def open_advice(keyring: Keyring, run_id: int, sealed: bytes) -> Any:
    """What `seal_advice` was given, as JSON has it. Raises `CannotOpen`."""
    return _unpacked(keyring.open(sealed, bound_to=f"import_runs.advice.{run_id}"))


def _packed(value: object) -> bytes:
    return zlib.compress(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS), 1)


def _unpacked(packed: bytes) -> Any:
    return orjson.loads(zlib.decompress(packed))


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None


def _pupil(told: dict[str, Any], once: Once) -> PupilRecord:
    days = {name: once(_day(told[name])) for name in ("starts_on", "ends_on")}
    shared = {name: once(told[name]) for name in _SHARED}
    return PupilRecord(**told | shared | days | {"subgroup_keys": tuple(map(once, told["subgroup_keys"]))})


def _colleague(told: dict[str, Any]) -> StaffRecord:
    groups = tuple(GroupLink(**link | {"roles": tuple(link["roles"])}) for link in told["groups"])
    return StaffRecord(**told | {"roles": tuple(told["roles"]), "groups": groups})
