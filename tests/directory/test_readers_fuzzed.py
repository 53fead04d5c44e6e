"""Whatever bytes arrive, every reader ends soon, with an administration or with a refusal from its list (fuzzing).

The corpus in `tests/corpus` is where mutation begins; what was ever found to be hard stays there.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.imports import files
from directory.imports.records import Administration
from directory.imports.refusals import REFUSALS, REMARKS, ImportRefused
from tests.directory.files import document
from tests.directory.tables import HEAD, PERSON, PUPIL, STAFF, sheet, workbook

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
SEEDS = sorted(path for path in CORPUS.rglob("*") if path.is_file())
LIMIT = 2.0
# `FUZZ=20000 pytest tests/directory/test_readers_fuzzed.py` looks longer.
ROUNDS = int(os.environ.get("FUZZ", "60"))

quick = settings(max_examples=ROUNDS, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module", autouse=True)
def read_before() -> None:
    """What a first file has a reader load is loaded, and compiled, before anybody looks at the clock."""
    for content in (b"PK\x03\x04", b"<EDEX/>", b"naam;groep\n"):
        with suppress(ImportRefused):
            files.read([content])


def survive(content: bytes, *, size: int = 65536) -> Administration | None:
    """Reads it as an upload comes in; whatever comes out keeps the rules."""
    began = time.process_time()
    found: Administration | None = None
    told: ImportRefused | None = None
    try:
        found = files.read(content[start : start + size] for start in range(0, len(content), size)).administration
    except ImportRefused as refused:
        told = refused
    assert time.process_time() - began < LIMIT
    if told is not None:
        check_refusal(told)
    if found is not None:
        check_administration(found)
    return found


def check_refusal(refused: ImportRefused) -> None:
    assert refused.code in REFUSALS
    assert refused.line is None or refused.line >= 1
    # No exception of a library, which might quote the file, travels along.
    assert refused.__context__ is None or isinstance(refused.__context__, ImportRefused)


def check_administration(found: Administration) -> None:
    places = {(group.kind, group.key) for group in found.groups}
    assert len(places) == len(found.groups)
    assert len({pupil.key for pupil in found.pupils}) == len(found.pupils)
    assert len({colleague.key for colleague in found.staff}) == len(found.staff)
    eckids = [pupil.eckid for pupil in found.pupils if pupil.eckid]
    assert len(set(eckids)) == len(eckids)
    for pupil in found.pupils:
        assert pupil.key.strip()
        assert pupil.first_name or pupil.surname
        assert pupil.group_key is None or ("stamgroep", pupil.group_key) in places
        assert all(("subgroep", key) in places for key in pupil.subgroup_keys)
        assert pupil.location_key in {None, *(location.key for location in found.locations)}
    for colleague in found.staff:
        assert all((link.kind, link.group_key) in places for link in colleague.groups)
    assert {remark.code for remark in found.warnings} <= REMARKS.keys()


@quick
@given(st.binary(max_size=3000), st.integers(1, 400))
def test_any_bytes(content: bytes, size: int) -> None:
    survive(content, size=size)


@quick
@given(st.text(max_size=1000), st.sampled_from(["utf-8", "utf-16", "utf-32", "utf-16-le", "cp1252", "utf-7"]))
def test_any_text_in_any_encoding(text: str, encoding: str) -> None:
    survive(text.encode(encoding, errors="ignore"))
    survive(document(pupils=text).encode(encoding, errors="ignore"))
    survive((HEAD + text).encode(encoding, errors="ignore"))


# XML made of the standard's own words, in any order and at any depth.
WORDS = """EDEX school schooljaar brincode dependancecode schoolkey instellingsnummer vestigingen vestiging groepen groep
samengestelde_groep samengestelde_groepen naam jaargroep leerlingen leerling achternaam voorvoegsel roepnaam instroomdatum
uitstroomdatum leerkrachten leerkracht emailadres rol toevoegingen blok x:blok bsn"""
TEXT = st.one_of(
    st.sampled_from(
        [
            "2026-2027",
            "99XX",
            "00",
            "3",
            "C",
            "2026-02-30",
            "2026-08-01Z",
            "&amp;",
            "&x;",
            "<![CDATA[a]]>",
            "<!--a-->",
            "<?a?>",
        ]
    ),
    st.text(st.characters(exclude_characters="<&", codec="utf-8"), max_size=12),
)
ATTRIBUTES = st.sampled_from(
    ["", ' key="a"', ' key=" a "', ' key="#b"', ' key=""', ' key="a" eckid="x"', ' xmlns:x="urn:x"', " key='c' key='c'"]
)
ELEMENT = st.recursive(
    TEXT,
    lambda inner: st.builds(
        lambda name, attributes, children: f"<{name}{attributes}>{''.join(children)}</{name}>",
        st.sampled_from(WORDS.split()),
        ATTRIBUTES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)


@quick
@given(st.lists(ELEMENT, max_size=4), st.lists(ELEMENT, max_size=4), st.booleans())
def test_any_elements_in_any_order(pupils: list[str], rest: list[str], whole: bool) -> None:
    content = document(pupils="".join(pupils)) if whole else f"<EDEX>{''.join(rest + pupils)}</EDEX>"
    survive(content.encode())


CELL = st.one_of(
    st.sampled_from(
        ["leerling", "medewerker", "1", "=1", "'=1", "-", "1-feb", "Groep 3, Groep 4", '"', "a@b.nl", "\t", "3"]
    ),
    st.text(max_size=10),
)


@quick
@given(st.lists(st.lists(CELL, max_size=10), max_size=6), st.sampled_from(";,\t"), st.booleans())
def test_any_rows(rows: list[list[str]], separator: str, headed: bool) -> None:
    written = "\n".join(separator.join(row) for row in rows)
    survive((HEAD.replace(";", separator) if headed else "").encode() + written.encode(errors="ignore"))


PIECES: tuple[str, ...] = (
    "<row r='3'>",
    "<row>",
    "</row>",
    "<c r='A3'>",
    "<c t='s' r='B3'>",
    "<c t='inlineStr'>",
    "<c>",
    "</c>",
    "<v>",
    "</v>",
    "<is>",
    "</is>",
)
PIECES += (
    "<t>",
    "</t>",
    "<f/>",
    "1",
    "leerling",
    "9999999999",
    "<c r='ZZZZ9'/>",
    "<v>-1</v>",
    "<c s='99'><v>1e9</v></c>",
)


@quick
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.booleans())
def test_any_sheet(pieces: list[str], beside: bool) -> None:
    told = "".join(pieces)
    survive(
        workbook(
            sheet(PERSON).replace("</sheetData>", f"{told}</sheetData>") if beside else f"<worksheet>{told}</worksheet>"
        )
    )


# Files that were good once


def mutated(content: bytes, random: Random) -> bytes:
    """The file after a bad day: bytes changed, pieces lost, doubled, swapped, the end cut off."""
    whole = bytearray(content)
    for _ in range(random.randint(1, 6)):
        if not whole:
            break
        start, length = random.randrange(len(whole)), random.randint(1, 60)
        match random.randrange(6):
            case 0:
                whole[start] = random.randrange(256)
            case 1:
                del whole[start : start + length]
            case 2:
                whole[start:start] = whole[start : start + length]
            case 3:
                del whole[start:]
            case 4:
                whole[start:start] = random.choice(
                    (b"\0", b"<", b"&", b'"', b";", b"\n", b"]]>", b"\xff\xfe", b"\xc3", b"'")
                )
            case _:
                whole[start : start + length] = random.randbytes(length)
    return bytes(whole)


GOOD: dict[str, Callable[[], bytes]] = {
    "edexml": lambda: document().encode(),
    "csv": lambda: (HEAD + PUPIL + STAFF).encode(),
    "xlsx": lambda: workbook(sheet(PERSON)),
} | {str(path.relative_to(CORPUS)): path.read_bytes for path in SEEDS}


def test_there_is_a_corpus() -> None:
    assert {path.parent.name for path in SEEDS} == {"edexml", "tables"}
    assert len(SEEDS) >= 20


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
@pytest.mark.parametrize("size", [1, 4096])
def test_what_was_hard_once_is_still_survived(path: Path, size: int) -> None:
    survive(path.read_bytes(), size=size)


@pytest.mark.parametrize("name", GOOD)
def test_a_file_after_a_bad_day(name: str) -> None:
    content = GOOD[name]()
    # The same days for everybody: what fails here fails everywhere.
    random = Random(name)
    for _ in range(ROUNDS):
        survive(mutated(content, random), size=random.choice((7, 300, 65536)))


@pytest.mark.parametrize("name", ["edexml", "csv", "xlsx"])
def test_a_file_cut_off_anywhere_brings_nobody_it_did_not_hold(name: str) -> None:
    content = GOOD[name]()
    whole = files.read([content]).administration
    for length in range(0, len(content), 1 if len(content) < 1500 else 7):
        found = survive(content[:length])
        if found is not None and name != "csv":
            assert found == whole
        if found is not None:
            assert {pupil.key for pupil in found.pupils} <= {pupil.key for pupil in whole.pupils}
