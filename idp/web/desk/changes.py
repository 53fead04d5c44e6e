"""A plan, and what an import did, in the words of the pages."""

from collections.abc import Iterable
from typing import Any

from directory.imports import words
from directory.imports.describe import Change, Description
from directory.imports.notable import Notable
from directory.imports.refusals import REMARKS, Language, doubt


def described(told: Description, language: Language, *, table: bool = False) -> dict[str, Any]:
    """A plan in words, as the page shows it; of a `table` in the table's own words."""
    place = _place(language)

    parts = [
        {
            "name": part.name,
            "kind": part.kind,
            "change": part.change,
            "said": words.KINDS[part.change][place],
            "fields": [words.FIELDS[name][place] for name in part.fields],
            "pupils": in_words(part.pupils, language, table=table),
            "unchanged": part.unchanged,
        }
        for part in told.groups
    ]
    return {
        "school_year": told.school_year,
        "counts": _over_people(told.counts),
        "held": sum(told.held.values()),
        "groups": [part for part in parts if part["pupils"] or part["change"] != "unchanged"],
        "quiet_groups": sum(1 for part in parts if not part["pupils"] and part["change"] == "unchanged"),
        "without_group": in_words(told.without_group, language, table=table),
        "staff": in_words(told.staff, language, table=table),
        "doubts": in_words(told.doubts, language, table=table),
        "warnings": [warning_in_words(one, language, table=table) for one in told.warnings],
        "remarks": [{"said": REMARKS[code][place], "line": line, "times": times} for code, line, times in told.remarks],
        "eckids": told.eckids,
        "changes_nothing": told.changes_nothing,
        "fingerprint": told.fingerprint,
    }


def warning_in_words(one: Notable, language: Language, *, table: bool = False) -> dict[str, Any]:
    """What deserves a second look, and about whom."""
    return {"code": one.code, "text": one.text(language, table=table), "names": one.names}


def in_words(changes: Iterable[Change], language: Language, *, table: bool = False) -> list[dict[str, Any]]:
    """What happens, or happened, to whom: a row for each thing, with everybody to whom exactly that happens, in the order of the first of them."""
    alike: dict[tuple[object, ...], list[str]] = {}
    first: dict[tuple[object, ...], Change] = {}
    for one in changes:
        what = one.kind, one.fields, one.from_groups, one.to_groups, one.reasons
        first.setdefault(what, one)
        alike.setdefault(what, []).append(one.name or one.key)
    return [_row(first[what], names, language, table=table) for what, names in alike.items()]


def _row(one: Change, names: list[str], language: Language, *, table: bool) -> dict[str, Any]:
    place = _place(language)
    return {
        "names": names,
        "count": len(names),
        "kind": one.kind,
        "said": words.KINDS[one.kind][place],
        "fields": [_field(name, table=table)[place] for name in one.fields],
        "from_groups": one.from_groups,
        "to_groups": one.to_groups,
        "reasons": [doubt(reason, language, table=table) for reason in one.reasons],
    }


def _field(name: str, *, table: bool) -> tuple[str, str]:
    return words.KEY_OF_TABLE if table and name == "key" else words.FIELDS[name]


def _over_people(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    kinds = ("new", "changed", "moved", "gone")
    return {noun: {kind: counts.get(noun, {}).get(kind, 0) for kind in kinds} for noun in ("groups", "pupils", "staff")}


def _place(language: Language) -> int:
    return 0 if language == "nl" else 1
