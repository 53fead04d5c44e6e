"""What must never get in, does not: not into a record, not into the reader, not onto the disk (D39, D40)."""

import gc
import pickle
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from directory.imports import edexml
from tests.directory.files import document, read
from tests.directory.schools import FORBIDDEN, forbidden_values, school_file


@pytest.fixture(scope="module")
def content() -> bytes:
    return school_file(with_forbidden=True)


@pytest.fixture(scope="module")
def values(content: bytes) -> frozenset[str]:
    found = forbidden_values(content)
    assert len(found) > 225 * 6
    return found


def reachable(root: object) -> Iterator[str]:
    """Every text that can be reached from an object, whatever lies between (code apart, which leads to the whole process)."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, type | ModuleType | FunctionType):
            continue
        seen.add(id(found))
        if isinstance(found, str):
            yield found
        elif isinstance(found, bytes):
            yield found.decode(errors="replace")
        waiting += gc.get_referents(found)


def test_no_record_holds_any_of_it(content: bytes, values: frozenset[str]) -> None:
    administration = read(content)
    assert len(administration.pupils) == 225
    whole = pickle.dumps(administration).decode(errors="replace") + repr(administration)
    assert [value for value in values if value in whole] == []


def test_the_reader_keeps_none_of_it_either(content: bytes, values: frozenset[str]) -> None:
    reader = edexml.EdexmlReader()
    for line in content.splitlines(keepends=True):
        reader.feed(line)
        # Also in between, right after a forbidden value has passed.
        held = [value for name, value in vars(reader._target).items() if name != "_deliver"]
        assert values.isdisjoint(reachable(held))
    assert values.isdisjoint(reachable(reader._assembly))
    reader.close()
    assert values.isdisjoint(reachable(reader._target))


def test_the_same_school_comes_in_with_and_without_it(content: bytes) -> None:
    assert read(content) == read(school_file())


@pytest.mark.parametrize(
    "smuggled",
    [
        "<bsn>999990019</bsn>",
        "<BSN>999990019</BSN>",
        "<toevoegingen><blok xsi:type='GeheimType'><roepnaam>999990019</roepnaam></blok></toevoegingen>",
        "<ouders><ouder key='999990019'><roepnaam>999990019</roepnaam></ouder></ouders>",
        "<x:roepnaam xmlns:x='urn:x'>999990019</x:roepnaam>",
        "<nieuw bsn='999990019' key='999990019' eckid='999990019'/>",
        "<groep key='g3' bsn='999990019'>999990019<naam>999990019</naam></groep>",
        "999990019",
        "<!-- 999990019 -->",
        "<?bsn 999990019?>",
    ],
)
def test_nothing_is_smuggled_in_under_another_name(smuggled: str) -> None:
    pupil = f'<leerling key="p1" bsn="999990019"><roepnaam>Fien</roepnaam>{smuggled}</leerling>'
    assert "999990019" not in pickle.dumps(read(document(pupils=pupil))).decode(errors="replace")


def test_the_allow_list_names_no_forbidden_element() -> None:
    listed = Path(edexml.__file__).with_name("edexml_elements.py").read_text()
    assert [name for name in FORBIDDEN if name != "emailadres" and f"{name}=" in listed] == []
    # Staff have an address, pupils have none.
    assert listed.count("emailadres=") == 1
