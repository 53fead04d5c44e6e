"""The glossary and the code use the same words, and the same words are avoided."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.documents import GLOSSARY, ROOT, nodes_of, product, text_of, ticked


def avoided(heading: str) -> list[str]:
    """The words that the glossary tells to avoid, of the paragraph that begins like this."""
    part = text_of(GLOSSARY).split("\n## Words we avoid\n", 1)[1].split(f"\n{heading}", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"\*([^*;]+?)\*", part.split(";", 1)[0])


def defined_names() -> Iterator[tuple[Path, str]]:
    for path in product():
        yield path, path.stem
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield path, node.name


def test_no_name_in_code_is_a_word_that_we_avoid() -> None:
    words = avoided("In code:")
    assert "tenant" in words
    for path, name in defined_names():
        parts = re.findall(r"[A-Z]?[a-z0-9]+", name)
        assert not {part.lower() for part in parts} & set(words), f"{name} in {path.relative_to(ROOT)}"


def test_no_dutch_screen_has_a_word_that_we_avoid() -> None:
    words = avoided("On Dutch screens:")
    assert "token" in words
    said = list(_texts(tomllib.loads(text_of(ROOT / "idp/web/locale/nl.toml"))))
    assert len(said) > 200
    for word in words:
        pattern = re.compile(rf"\b{word}\b", re.I)
        assert [text for text in said if pattern.search(text)] == [], word


def _texts(tree: dict[str, object]) -> Iterator[str]:
    for value in tree.values():
        if isinstance(value, dict):
            yield from _texts(value)
        else:
            yield str(value)


def test_words_that_the_glossary_gives_for_code_are_in_the_code() -> None:
    source = "\n".join(product().values())
    words = set(re.findall(r"\w+", source))
    for line in text_of(GLOSSARY).splitlines():
        cells = line.split("|")[1:-1]
        if len(cells) == 3 and not set(cells[0]) <= {"-"}:
            for word in ticked(cells[1]):
                assert word in words or re.search(rf"\b{re.escape(word)}\b", source), word
