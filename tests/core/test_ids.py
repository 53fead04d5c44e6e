"""Identifiers hold the bits that they promise, in letters that travel."""

import re
import uuid
from collections.abc import Callable

import pytest

from idp.core import ids


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (ids.token, r"[\w-]{43}"),
        (ids.short_id, r"[\w-]{22}"),
        (ids.reference, r"[2-9A-HJ-KM-NP-Z]{4}-[2-9A-HJ-KM-NP-Z]{4}"),
        (ids.guid, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ],
    ids=["token", "short id", "reference", "guid"],
)
def test_shape_and_no_repetition(make: Callable[[], str], shape: str) -> None:
    made = [make() for _ in range(2000)]
    assert all(re.fullmatch(shape, one) for one in made)
    assert len(set(made)) == len(made)


def test_a_guid_is_a_random_uuid() -> None:
    assert uuid.UUID(ids.guid()).version == 4
