"""What the documents say is there: links, numbers, settings, commands, fields, codes and words."""

import ast
import configparser
import importlib
import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from idp.cli import PROCESSES, application, output, serve
from idp.core.settings import Settings
from idp.demo import run as demo
from idp.signin.assurance import ACR
from idp.signin.steps import RULES
from protocols.attributes.catalogue import CATALOGUE

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
def everything() -> dict[Path, str]:
    """Whatever may cite a number: the product, its pages and texts, the tests, and what builds and runs them."""
    folders = [path for name in (*PACKAGES, "tests", "bench") for path in (ROOT / name).rglob("*")]
    single = [ROOT / name for name in ("Makefile", "Dockerfile", "compose.yaml", "pyproject.toml", ".ci/run")]
    kinds = {".py", ".toml", ".html", ".css", ".js", ".md"}
    found = [path for path in folders if path.suffix in kinds and not path.parts[-2].startswith(".")]
    return {path: text_of(path) for path in (*found, *single, *(ROOT / "docs/adr").glob("*.md")) if path.is_file()}


def rows(path: Path, *, below: str) -> list[list[str]]:
    """The cells of the first table below a heading, its own heading left out."""
    part = text_of(path).split(f"\n{below}\n", 1)[1]
    lines = part[part.index("\n|") + 1 :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def ticked(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
    return plain.strip().replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", text_of(path), re.M)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(document)):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(path), f"{target} has no such heading"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_names_that_are_mentioned_exist(document: Path) -> None:
    for said in ticked(text_of(document)):
        if re.fullmatch(rf"(?:{'|'.join((*PACKAGES, 'tests', 'docs', 'bench'))})/[\w./-]*", said):
            # What `make bench` writes is not part of a checkout.
            assert said == "bench/results.json" or (ROOT / said).exists(), said
        elif re.fullmatch(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+", said):
            assert _importable(said), said


def _importable(dotted: str) -> bool:
    """Whether this is a module, or something that a module defines."""
    module, _, name = dotted.rpartition(".")
    if importlib.util.find_spec(module) is None:
        return False
    return hasattr(importlib.import_module(module), name) or importlib.util.find_spec(dotted) is not None


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
    assert {mark for number, mark in indexed() if number.startswith("C-")} == {"holds", "partly", "not yet"}


def test_every_setting_is_documented() -> None:
    told = {name for row in rows(OPERATIONS, below="## Settings") for name in ticked(row[0])}
    known = {f"IDP_{name.upper()}" for name in Settings.model_fields} | {demo.PORT_SETTING, demo.FOLDER_SETTING}
    assert told == known


def test_every_setting_that_a_document_names_exists() -> None:
    known = {name for row in rows(OPERATIONS, below="## Settings") for name in ticked(row[0])}
    for document in DOCUMENTS:
        assert set(re.findall(r"\bIDP_[A-Z0-9_]+", text_of(document))) <= known, document.name


@cache
def commands() -> dict[tuple[str, ...], TyperCommand]:
    """Every command by its words, as typer has them."""
    whole = get_command(application())
    assert isinstance(whole, TyperGroup)
    found: dict[tuple[str, ...], TyperCommand] = {}
    for name, command in whole.commands.items():
        inside = command.commands if isinstance(command, TyperGroup) else {"": command}
        found |= {
            tuple(filter(None, (name, word))): one for word, one in inside.items() if isinstance(one, TyperCommand)
        }
    return found


def written_commands(text: str) -> Iterator[str]:
    """Lines with a command: in blocks, and between backticks. `add|remove` stands for two."""
    blocks = re.findall(r"^ *```(?:sh|text|console)\n(.*?)^ *```", text, re.M | re.S)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    lines += ticked(re.sub(r"```.*?```", "", text, flags=re.S))
    for line in lines:
        found = re.search(r"(?:^|[ |;]|bin/)idp ([a-z-].*)", line.partition("#")[0].replace(r"\|", "|"))
        if found and (words := found[1].split())[0] in {name for name, *_ in commands()}:
            second = words[1].split("|") if len(words) > 1 else [""]
            yield from (" ".join((words[0], word, *words[2:])) for word in second)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_in_a_document_exists_with_its_options(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in written_commands(text_of(document)):
        words = tuple(shlex.split(line.replace("...", "")))
        asked = set(re.findall(r"--[a-z][a-z-]*", line))
        if words[0] in PROCESSES:
            assert asked <= _options_of_process(words[0], capsys), line
        elif words[:1] in commands():
            assert asked <= _options(commands()[words[:1]]), line
        elif len(words) > 1 and not words[1].startswith("-") and words[1] != "NOUN":
            assert words[:2] in commands(), line
            assert asked <= _options(commands()[words[:2]]), line


def _options(command: TyperCommand) -> set[str]:
    return {"--help", *(option for parameter in command.params for option in parameter.opts)}


def _options_of_process(name: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    with pytest.raises(SystemExit):
        getattr(serve, name)(["--help"])
    return set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))


def test_every_command_is_documented() -> None:
    told = {
        tuple(line.split()[:2]) if line.split()[0] not in {*PROCESSES, "migrate"} else (line.split()[0],)
        for row in rows(OPERATIONS, below="## Commands")
        for line in written_commands(row[0])
    }
    assert set(commands()) <= told | {(name,) for name in PROCESSES}


def test_exit_codes_are_those_of_the_command_line() -> None:
    part = text_of(OPERATIONS).split("| exit code | meaning |", 1)[1].split("\n\n", 1)[0]
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", part, re.M)}
    assert told == {0, output.REFUSED, 2, output.UNAVAILABLE, output.MISCONFIGURED}


def test_the_table_of_fields_is_the_catalogue() -> None:
    about = {"pupil": "pupils", "staff": "staff"}
    expected = [
        [
            f"`{field.name}`",
            field.meaning_en,
            f"`{field.scope}`, `{field.claim}`",
            f"`{field.uri}`" if field.uri else "NameID",
            f"`{field.bare}`",
            "everybody" if len(field.applies_to) == 2 else about[min(field.applies_to)],
        ]
        for field in CATALOGUE
    ]
    assert rows(SPECS, below="## What can be told about a person") == expected


def test_the_levels_are_those_of_the_sign_in() -> None:
    part = text_of(SPECS).split("| how well proven |", 1)[1].split("\n\n", 1)[0]
    assert [ticked(line)[-1] for line in part.splitlines()[2:]] == list(ACR.values())


def test_the_order_of_steps_is_that_of_the_rules() -> None:
    told = re.findall(r"\((\w+), Step\.(\w+)\)", text_of(ARCHITECTURE))
    assert told == [(rule.__name__, step.name) for rule, step in RULES]


def test_the_directions_are_those_that_are_held() -> None:
    held = configparser.ConfigParser()
    held.read(ROOT / ".importlinter", "utf-8")
    layers = held["importlinter:contract:layers"]["layers"].split("\n")
    part = text_of(ARCHITECTURE).split("\n## 4. Directions\n", 1)[1].split("```", 2)[1]
    told = [re.split(r"\s{2,}", line)[0] for line in part.splitlines()[1:]]
    assert told == [layer for layer in layers if layer]


def codes_of(text: str) -> set[str]:
    """The codes of the problems that a module can raise."""
    raised = re.findall(r"(?:Problem|Unanswerable)\(\s*\"([a-z_.]+)\"", text)
    return {*raised, *re.findall(r"code\"?(?:: str|:)?\s?=?\s?\"([a-z]+\.[a-z_]+)\"", text)}


def test_every_problem_code_is_explained() -> None:
    told = {code for row in rows(OPERATIONS, below="## When something goes wrong") for code in ticked(row[0])}
    raised = set().union(*(codes_of(text) for path, text in product().items() if "demo" not in path.parts))
    assert not raised - told, sorted(raised - told)
    everywhere = "".join(product().values())
    known = {code for code in told if f'"{code}"' in everywhere or code.endswith(".unavailable")}
    assert not told - known, sorted(told - known)


def avoided(heading: str) -> list[str]:
    """The words that the glossary tells to avoid, of the paragraph that begins like this."""
    part = text_of(GLOSSARY).split("\n## Words we avoid\n", 1)[1].split(f"\n{heading}", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"\*([^*;]+?)\*", part.split(";", 1)[0])


def defined_names() -> Iterator[tuple[Path, str]]:
    for path, text in product().items():
        yield path, path.stem
        for node in ast.walk(ast.parse(text)):
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
    for line in text_of(GLOSSARY).splitlines():
        cells = line.split("|")[1:-1]
        if len(cells) == 3 and not set(cells[0]) <= {"-"}:
            for word in ticked(cells[1]):
                assert re.search(rf"\b{re.escape(word)}\b", source), word


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_of_a_machine_or_half_made_stands_in_a_document(document: Path) -> None:
    assert re.findall(r"\b(?:TODO|FIXME|XXX|TBD)\b|/(?:work|home|root|tmp)/", text_of(document)) in ([], ["TODO"])
