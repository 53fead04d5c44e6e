"""The index of numbers in docs/specs.md: whole, without doubles, and honest about what holds."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.documents import PACKAGES, ROOT, SPECS, text_of


@cache
def everything() -> dict[Path, str]:
    """Whatever may cite a number: the product, its pages and texts, the tests, and what builds and runs them."""
    folders = [path for name in (*PACKAGES, "tests", "bench") for path in (ROOT / name).rglob("*")]
    single = [ROOT / name for name in ("Makefile", "Dockerfile", "compose.yaml", "pyproject.toml", ".ci/run")]
    kinds = {".py", ".toml", ".html", ".css", ".js", ".md"}
    # What begins with a point was not written here: `bench/.peers` holds software of others.
    ours = [path for path in folders if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)]
    found = [path for path in ours if path.suffix in kinds]
    return {path: text_of(path) for path in (*found, *single, *(ROOT / "docs/adr").glob("*.md")) if path.is_file()}


NUMBER = re.compile(r"\b(?:[CRV]-[0-9]{1,3}|[DR][0-9]{1,3})\b")


def indexed() -> Iterator[tuple[str, str]]:
    """Every number of the index with its mark; "C-009 to C-013" stands for all between."""
    part = text_of(SPECS).split("\n## Numbers\n", 1)[1]
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) < 2 or not NUMBER.match(cells[0]):
            continue
        mark = cells[2] if len(cells) > 2 else ""
        if between := re.fullmatch(r"(C-|R)(\d+) to \1(\d+)", cells[0]):
            kind, width = between[1], len(between[2]) if between[1] == "C-" else 1
            yield from ((f"{kind}{n:0{width}}", mark) for n in range(int(between[2]), int(between[3]) + 1))
        else:
            yield from ((number, mark) for number in cells[0].split(", "))


def test_every_number_stands_in_the_index_once() -> None:
    numbers = [number for number, _ in indexed()]
    assert len(numbers) > 200
    assert len(numbers) == len(set(numbers))


def test_every_number_that_is_cited_has_its_line() -> None:
    known = {number for number, _ in indexed()}
    missing = {
        f"{number} ({path.relative_to(ROOT)})"
        for path, text in everything().items()
        for number in NUMBER.findall(text)
        if number not in known
    }
    assert not missing, f"add a line to docs/specs.md, in our own words: {sorted(missing)}"


def named_by_tests() -> set[str]:
    """The acceptance numbers that tests name: `C-113` in their text, or `c113` in the name of a test; ranges too."""
    found = set()
    for path in (ROOT / "tests").rglob("*.py"):
        if path == Path(__file__):
            continue
        text = text_of(path)
        names = " ".join(re.findall(r"def test_(\w+)", text))
        found |= set(re.findall(r"C-(\d{3})", text)) | set(re.findall(r"c(\d{3})(?=_|\b)", names))
        for first, last in re.findall(r"(?:C-|c)(\d{3})(?:_to_c| to C-|-C-)(\d{3})", f"{text} {names}"):
            found |= {f"{n:03}" for n in range(int(first), int(last) + 1)}
    return {f"C-{number}" for number in found}


def test_what_is_marked_as_holding_is_named_by_a_test() -> None:
    held = {number for number, mark in indexed() if mark == "holds"}
    assert len(held) > 100
    assert not held - named_by_tests(), sorted(held - named_by_tests())
    assert {mark for number, mark in indexed() if number.startswith("C-")} <= {"holds", "partly", "not yet"}
