"""Answers that were cut, doubled, turned and mixed: they are read or refused, and nothing else ever happens."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from directory.imports.edexml_records import Assembly, Counts
from directory.imports.refusals import REFUSALS, ImportRefused
from directory.imports.streaming import XmlStream
from directory.imports.uwlr import faults
from directory.imports.uwlr.answers import AnswerTarget
from directory.imports.uwlr.faults import FAULTS, Refused
from idp.demo import las_answers
from tests.directory.uwlr.standing import edexml

WHOLE: Final = las_answers.data(
    "leerlinggegevens",
    etree.fromstring(edexml(pupils=8, forbidden=True)),
    profile="whole",
    with_eckid=True,
    groups=frozenset(),
)
FAULT: Final = las_answers.fault("Client.AutorisatieOngeldig", "Nee.")
TOKENS: Final = st.sampled_from(
    [
        b"<",
        b">",
        b"</",
        b"/>",
        b"&",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"<?x ?>",
        b"<!DOCTYPE x>",
        b"&lt;",
        b"&#0;",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b'xmlns=""',
        b"<soap:Fault>",
        b"<geenwijzigingen/>",
        b"<leerling/>",
        b"<leerling key='x'>",
        b"</leerlingen>",
        b'key=""',
    ]
)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A valid answer after a few accidents."""
    content = draw(st.sampled_from((WHOLE, FAULT, WHOLE[:2000] + WHOLE[-400:])))
    for _ in range(draw(st.integers(0, 4))):
        place, length = draw(st.integers(0, len(content))), draw(st.integers(0, 200))
        piece = content[place : place + length]
        match draw(st.integers(0, 3)):
            case 0:
                content = content[:place] + content[place + length :]
            case 1:
                content = content[:place] + piece + content[place:]
            case 2:
                content = content[:place] + draw(TOKENS) + content[place:]
            case _:
                content = content[:place] + draw(st.binary(max_size=8)) + content[place + length :]
    return content


def code_of(content: bytes, chunk: int) -> str | None:
    """Why it is refused, None where it is not."""
    assembly = Assembly(Counts())
    target = AnswerTarget("leerlinggegevens", assembly.add)
    stream = XmlStream(target)
    try:
        for start in range(0, len(content), chunk):
            stream.feed(content[start : start + chunk])
        stream.close()
        if target.fault is not None:
            return faults.of_soap(*target.fault).code
        if target.outcome == "data":
            assembly.whole()
    except Refused as refused:
        return refused.code
    except ImportRefused as error:
        return faults.of_content(error).code
    return None


def test_what_was_not_broken_is_read() -> None:
    assert code_of(WHOLE, 100) is None
    assert code_of(FAULT, 1) == "las_key_refused"


@given(broken(), st.sampled_from((1, 97, 1000)))
@settings(max_examples=75, deadline=None)
def test_broken_answers_are_read_or_refused(content: bytes, chunk: int) -> None:
    code = code_of(content, chunk)
    assert code is None or code in FAULTS or code in REFUSALS
    # However the network cuts it up, it is refused or it is not; of two faults, either may come first.
    assert (code_of(content, 64 * 1024) is None) == (code is None)
