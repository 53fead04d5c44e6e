"""Hostile files against the EDEXML reader (C-276): refused early, cheaply, without reaching for anything outside."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket

import pytest
from lxml import etree

from directory.imports import edexml
from directory.imports.edexml_elements import MOST_DEPTH
from tests.directory.files import document, read, refusal

MIB = 1024 * 1024


@pytest.fixture
def listener() -> Iterator[socket]:
    """A port that nobody should ever connect to."""
    with socket(AF_INET, SOCK_STREAM) as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen(5)
        opened.settimeout(0)
        yield opened


def with_doctype(doctype: str, *, name: str = "Fien") -> str:
    return document().replace("<EDEX ", f"{doctype}\n<EDEX ").replace("Fien", name)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE EDEX>",
        '<!DOCTYPE EDEX SYSTEM "edex.dtd">',
        '<!DOCTYPE EDEX PUBLIC "-//X//X" "http://127.0.0.1:1/edex.dtd">',
        '<!DOCTYPE EDEX [<!ENTITY x "y">]>',
        '<!DOCTYPE EDEX [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]>',
    ],
)
def test_any_doctype_is_refused_on_its_line(doctype: str) -> None:
    refused = refusal(with_doctype(doctype))
    assert (refused.code, refused.line) == ("doctype", 2)


def test_no_file_comes_in_through_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim")
    doctype = f'<!DOCTYPE EDEX [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    assert refusal(with_doctype(doctype, name="&x;")).code == "doctype"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE EDEX SYSTEM "{url}">',
        '<!DOCTYPE EDEX [<!ENTITY x SYSTEM "{url}">]>',
        '<!DOCTYPE EDEX [<!ENTITY % p SYSTEM "{url}"> %p;]>',
    ],
)
def test_nothing_is_fetched(doctype: str, listener: socket) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    assert refusal(with_doctype(doctype.format(url=url), name="&x;")).code == "doctype"
    assert read(document().replace("<EDEX ", f'<EDEX xsi:noNamespaceSchemaLocation="{url}" ')).pupils
    included = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{url}"/>'
    assert len(read(document().replace("<leerlingen>", f"<leerlingen>{included}")).pupils) == 1
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_billion_laughs_and_quadratic_blow_up_never_begin() -> None:
    laughs = "".join(f'<!ENTITY l{depth} "{f"&l{depth - 1};" * 10}">' for depth in range(1, 10))
    assert refusal(with_doctype(f'<!DOCTYPE EDEX [<!ENTITY l0 "ha">{laughs}]>', name="&l9;")).code == "doctype"
    blow_up = f'<!DOCTYPE EDEX [<!ENTITY a "{"a" * 50_000}">]>'
    assert refusal(with_doctype(blow_up, name="&a;" * 50_000)).code == "doctype"


def test_deep_nesting_is_refused() -> None:
    deep = "<x>" * 10_000 + "</x>" * 10_000
    assert refusal(document().replace("<leerlingen>", f"<leerlingen>{deep}")).code == "too_deep"
    # Two elements are open around what is inserted.
    just = "<x>" * (MOST_DEPTH - 2) + "</x>" * (MOST_DEPTH - 2)
    assert len(read(document().replace("<leerlingen>", f"<leerlingen>{just}")).pupils) == 1


@pytest.mark.parametrize(
    "flood",
    [
        "<!--" + "x" * 2 * MIB + "-->",
        "<x y='" + "x" * 2 * MIB + "'/>",
        "<x " + " ".join(f"a{number}='{'v' * 10}'" for number in range(100_000)) + "/>",
        "<" + "x" * 2 * MIB + "/>",
        "<?x " + "x" * 2 * MIB + "?>",
        "<roepnaam>" + "x" * 5000 + "</roepnaam>",
        "<roepnaam>" + " " * 5000 + "A</roepnaam>",
    ],
    ids=["comment", "attribute", "attributes", "name", "instruction", "value", "space"],
)
def test_tokens_without_an_end_in_sight_are_refused(flood: str) -> None:
    pupil = f'<leerling key="p1">{flood}</leerling>'
    assert refusal(document(pupils=pupil)).code in ("too_long", "not_well_formed")


def test_a_long_text_outside_the_allow_list_is_skipped_unread() -> None:
    pupil = f'<leerling key="p1"><roepnaam>A</roepnaam><fotourl>{"x" * 3 * MIB}</fotourl></leerling>'
    assert read(document(pupils=pupil)).pupils[0].first_name == "A"


def test_size_and_lines_are_limited() -> None:
    limits = edexml.Limits(size=10_000, lines=50)
    assert refusal(document() + " " * 10_000, limits=limits).code == "too_large"
    assert refusal(document().replace("<leerlingen>", "<leerlingen>" + "\n" * 60), limits=limits).code == "too_large"
    assert refusal(document(), limits=edexml.Limits(events=40)).code == "too_large"


HOSTILE = {
    "lines": ("<EDEX>", "\n"),
    "text": ("<EDEX>", "x"),
    "attribute": ('<EDEX x="', "x"),
    "attributes": ("<EDEX ", "x='y' "),
    "elements": ("<EDEX>", "<leerling>"),
    "siblings": ("<EDEX>", "<leerling/>"),
    "skipped": ("<EDEX>", "<bsn>123</bsn>"),
    "doctype": ("<!DOCTYPE EDEX [", "<!ENTITY a 'b'>"),
    "nothing": ("", "x"),
}
PROBE = """
import resource, sys, time
from directory.imports import edexml
from directory.imports.refusals import ImportRefused
head, body = (part.encode() for part in sys.argv[1:])
body *= 65536 // len(body)
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    edexml.read(head if number == 0 else body for number in range(50_000_000 // len(body)))
    code = "accepted"
except ImportRefused as refused:
    code = refused.code
spent = time.process_time() - began
print(code, spent, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("kind", HOSTILE)
def test_fifty_megabytes_of_hostility_cost_little(kind: str) -> None:
    """C-276: about half a second at most on a quiet machine and no memory to speak of, measured in a process of its own."""
    probe = [sys.executable, "-c", PROBE, *HOSTILE[kind]]
    said = subprocess.run(probe, capture_output=True, text=True, check=True, cwd=Path(__file__).resolve().parents[2])
    code, seconds, mebibytes = said.stdout.split()
    assert code != "accepted"
    assert float(seconds) < 2
    assert int(mebibytes) < 50


def test_the_parsers_own_messages_do_not_stay_behind() -> None:
    """They quote what they stumble over: here a name that lost its ampersand's escape."""
    assert (
        refusal(document(pupils='<leerling key="p"><roepnaam>Jan &Pietersen;</roepnaam></leerling>')).code
        == "not_well_formed"
    )
    # A new exception of lxml copies what the process remembers.
    assert "Pietersen" not in str(etree.LxmlError("").error_log)


def test_a_refusal_carries_no_context_from_the_parser() -> None:
    for broken in (
        "<roepnaam>Jan &Pietersen;</roepnaam>",
        "<roepnaam>Jan</achternaam>",
        "<roepnaam>Jan\x00</roepnaam>",
    ):
        refused = refusal(document(pupils=f'<leerling key="p">{broken}</leerling>'))
        assert refused.__context__ is None
        assert "Jan" not in repr(refused) + refused.reason


def test_a_thousand_children_are_read_quickly() -> None:
    pupils = "".join(f'<leerling key="{number}"><roepnaam>A</roepnaam></leerling>' for number in range(1000))
    content = document(pupils=pupils)
    began = time.process_time()
    assert len(read(content).pupils) == 1000
    assert time.process_time() - began < 1
