"""What holds for every file: it says what it is for, it is one idea long, and it is named after its subject."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("idp", "protocols", "directory", "mfa", "consent", "metadata")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TECHNIQUES = {"utils", "helpers", "common", "misc", "base", "manager", "handler", "service", "processor"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text("utf-8")))


def test_no_module_holds_two_ideas() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_no_module_is_named_after_its_technique() -> None:
    assert [path for path in MODULES if TECHNIQUES & set(path.stem.split("_"))] == []


def test_the_product_never_imports_tests() -> None:
    importing = [
        path
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"tests", "bench", "migrations"}
    ]
    assert importing == []


def test_one_session_idea_only() -> None:
    """ADR 2: no ORM session anywhere."""
    names = {"AsyncSession", "Session", "sessionmaker", "async_sessionmaker", "relationship"}
    using = [
        str(path.relative_to(ROOT))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("sqlalchemy")
        and names & {alias.name for alias in node.names}
    ]
    assert using == []
