"""What was read, kept while its import waits for somebody's yes or for its date: sealed, and nothing but allow-listed values (D17, D39).

The file itself is never kept. What is sealed here was read by our own reader and comes back as the same value.
"""

import zlib
from datetime import date
from typing import Any

import orjson

from directory.imports.records import (
    Administration,
    GroupLink,
    GroupRecord,
    LocationRecord,
    PupilRecord,
    Remark,
    SchoolRecord,
    StaffRecord,
)
from idp.core.crypto import Keyring


def seal_content(keyring: Keyring, run_id: int, administration: Administration) -> bytes:
    """The value of `import_runs.content` for this run; it opens in no other row."""
    return keyring.seal(_packed(administration), bound_to=f"import_runs.content.{run_id}")


def open_content(keyring: Keyring, run_id: int, sealed: bytes) -> Administration:
    """What `seal_content` was given. Raises `CannotOpen`."""
    told = _unpacked(keyring.open(sealed, bound_to=f"import_runs.content.{run_id}"))
    return Administration(
        school=SchoolRecord(**told["school"] | {"reference_date": _day(told["school"]["reference_date"])}),
        locations=tuple(LocationRecord(**one) for one in told["locations"]),
        groups=tuple(GroupRecord(**one) for one in told["groups"]),
        pupils=tuple(_pupil(one) for one in told["pupils"]),
        staff=tuple(_colleague(one) for one in told["staff"]),
        warnings=tuple(Remark(**one) for one in told["warnings"]),
        addressed=told["addressed"],
    )


def seal_inverse(keyring: Keyring, run_id: int, inverse: object) -> bytes:
    """The value of `import_runs.inverse` for this run; it opens in no other row."""
    return keyring.seal(_packed(inverse), bound_to=f"import_runs.inverse.{run_id}")


def open_inverse(keyring: Keyring, run_id: int, sealed: bytes) -> Any:
    """What `seal_inverse` was given, as JSON has it. Raises `CannotOpen`."""
    return _unpacked(keyring.open(sealed, bound_to=f"import_runs.inverse.{run_id}"))


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


def _pupil(told: dict[str, Any]) -> PupilRecord:
    days = {"starts_on": _day(told["starts_on"]), "ends_on": _day(told["ends_on"])}
    return PupilRecord(**told | days | {"subgroup_keys": tuple(told["subgroup_keys"])})


def _colleague(told: dict[str, Any]) -> StaffRecord:
    groups = tuple(GroupLink(**link | {"roles": tuple(link["roles"])}) for link in told["groups"])
    return StaffRecord(**told | {"roles": tuple(told["roles"]), "groups": groups})
