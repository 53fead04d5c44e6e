"""Every statement of the tree says to each of many who ask it at once what it says to who asks alone (ADR 16)."""

import asyncio
import importlib
import random
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from idp.core.hot import Statement
from idp.core.hot_postgres import HOT_SETTINGS
from idp.core.together import MOST, for_many
from tests.architecture.documents import ROOT, product
from tests.house import House

BYTES = b"grant", bytes(16), b"\xff" * 16


def statements() -> dict[str, Statement]:
    """Those of every module, in its tables too, by name."""
    found: dict[str, Statement] = {}
    for path, text in product().items():
        if " Statement(" in text:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            of_module = vars(importlib.import_module(name))
            found |= {f"{name}.{place}": statement for place, statement in _within(of_module)}
    return found


def _within(things: dict[Any, Any]) -> Iterator[tuple[str, Statement]]:
    for place, thing in things.items():
        if isinstance(thing, Statement):
            yield str(place), thing
        elif isinstance(thing, dict) and not str(place).startswith("__"):
            yield from ((f"{place}[{inner}]", statement) for inner, statement in _within(thing))


async def values(house: House, connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, list[object]]:
    """What may be asked for, by type: mostly what is there."""
    columns = await connection.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type IN ('character varying', 'text', 'bytea')"
    )
    ids = [*range(4), *house.people.values(), *house.groups.values(), house.school.id, house.party_id]
    texts, seen = ["", "oidc"], [*BYTES]
    for table, column, kind in columns:
        there = await connection.fetch(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL LIMIT 5')
        (seen if kind == "bytea" else texts).extend(row[0] for row in there)
    numbers: list[object] = [*ids]
    words: list[object] = [*texts]
    return {
        "int8": numbers,
        "int4": numbers,
        "text": words,
        "varchar": words,
        "bytea": [*seen],
        "date": [house.clock.now.date()],
        "timestamptz": [house.clock.now],
    }


async def test_each_of_many_is_told_what_he_would_be_told_alone(house: House) -> None:
    if house.floor.database.sqlite:
        pytest.skip("on SQLite they go together by another way")
    known, chance = statements(), random.Random(16)
    assert len(known) > 40
    connection = await asyncpg.connect(house.floor.database.url.replace("+asyncpg", ""), server_settings=HOT_SETTINGS)
    try:
        there = await values(house, connection)
        told = 0
        for name, statement in known.items():
            alone = await connection.prepare(statement.postgres)
            types = [kind.name for kind in alone.get_parameters()]
            if not types or (statement.write is not None and statement.together is None):
                continue
            many = await connection.prepare(for_many(statement.select, statement.write, statement.together, types))
            shape = [(column.name, column.type.name) for column in many.get_attributes()]
            assert shape[:-1] == [(column.name, column.type.name) for column in alone.get_attributes()], name
            if statement.write is not None:
                continue
            for _ in range(6):
                asked = [[chance.choice([*there[kind], None]) for kind in types] for _ in range(MOST)]
                found: list[list[Any]] = [[] for _ in asked]
                for row in await many.fetch(*map(list, zip(*asked, strict=True))):
                    found[row[-1] - 1].append(row[:-1])
                for each, rows in zip(asked, found, strict=True):
                    assert rows == [tuple(row) for row in await alone.fetch(*each)], name
                    told += len(rows)
        assert told > 100
    finally:
        connection.terminate()


async def test_many_who_ask_all_kinds_of_things_at_once_are_each_told_their_own(house: House) -> None:
    """In whatever order the statements set out."""
    hot, chance = house.floor.database.hot, random.Random(17)
    if house.floor.database.sqlite:
        pytest.skip("on SQLite they go together by another way")
    connection = await asyncpg.connect(house.floor.database.url.replace("+asyncpg", ""))
    try:
        there = await values(house, connection)
        asked: list[tuple[Statement, list[object]]] = []
        for statement in statements().values():
            if statement.write is None:
                kinds = [kind.name for kind in (await connection.prepare(statement.postgres)).get_parameters()]
                asked += [(statement, [chance.choice(there[kind]) for kind in kinds]) for _ in range(12)]
        chance.shuffle(asked)
        together = await asyncio.gather(*(hot.rows(statement, *args) for statement, args in asked))
        for (statement, args), rows in zip(asked, together, strict=True):
            assert [tuple(row) for row in rows] == [tuple(row) for row in await hot.rows(statement, *args)]
    finally:
        connection.terminate()
