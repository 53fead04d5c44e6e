"""The documents and the modules of the tree, as text."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "bench/README.md")
    if path.name != "LICENSE"
)
PACKAGES = ("idp", "protocols", "directory", "metadata", "consent", "mfa", "migrations")
SPECS, OPERATIONS, GLOSSARY, ARCHITECTURE = (
    ROOT / "docs" / f"{name}.md" for name in ("specs", "operations", "glossary", "architecture")
)


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def product() -> dict[Path, str]:
    """Every module of the product."""
    return {path: text_of(path) for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))}


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax of a module."""
    return ast.parse(text_of(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every piece of syntax of a module. Walking costs as much as parsing."""
    return tuple(ast.walk(tree_of(path)))


def rows(path: Path, *, below: str) -> list[list[str]]:
    """The cells of the first table below a heading, its own heading left out."""
    part = text_of(path).split(f"\n{below}\n", 1)[1]
    lines = part[part.index("\n|") + 1 :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def ticked(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def without_blocks(text: str) -> str:
    """A document without its blocks of code: their backticks would be taken for those of a word."""
    return re.sub(r"```.*?```", "", text, flags=re.S)
