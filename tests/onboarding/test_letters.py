"""What is taken for a signed letter, by its content alone (R12)."""

import io
import zipfile

import pytest

from directory.onboarding import letters
from directory.onboarding.letters import LARGEST, REFUSALS, LetterRefused
from tests.onboarding.kit import pdf


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("autorun.class", "x" * 400)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pdf(),
        pdf(version=b"2.0"),
        pdf(tail=b"\r\n\0\0"),
        pdf(b"<x:xmpmeta><dc:title>De brief</dc:title></x:xmpmeta>\n"),
        # A second revision, as signing digitally appends one.
        pdf() + pdf()[9:],
    ],
)
def test_a_pdf_is_taken(content: bytes) -> None:
    letters.check(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (pdf()[:150], "empty"),
        (pdf(b"x" * LARGEST), "too_large"),
        (b"<!doctype html><script>alert(1)</script>" + b" " * 400, "no_pdf"),
        (b"\n" + pdf(), "no_pdf"),
        (b"<html>" + pdf(), "no_pdf"),
        (b"\x89PNG\r\n\x1a\n" + pdf(), "no_pdf"),
        (archive() + pdf(), "no_pdf"),
        (pdf(version=b"9.9"), "no_pdf"),
        (pdf() + archive(), "two_kinds"),
        (pdf(b"%<html><body onload=x>\n"), "two_kinds"),
        (pdf(b"x" * 5000 + b"<ScRiPt src=x></script>"), "two_kinds"),
        (pdf(b"x" * 5000 + b"<iframe src=x>"), "two_kinds"),
        (pdf()[:-30], "cut_off"),
        (pdf(tail=b"rest of something else"), "cut_off"),
        (pdf().replace(b"\nxref\n", b"\nxxxx\n"), "cut_off"),
        (pdf().replace(b"startxref\n", b"startxref\n9999999"), "cut_off"),
        (pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "active"),
        (pdf(b"<< /S /Launch /F (cmd.exe) >>"), "active"),
        (pdf(b"<< /EmbeddedFiles 3 0 R >>"), "active"),
        # ISO 32000-1, 7.3.5: any character of a name may be written by its number.
        (pdf(b"<< /S /J#61va#53cript /JS (app.alert(1)) >>"), "active"),
        (pdf(b"<< /#4caunch 3 0 R >>"), "active"),
        (pdf(b"<< /AcroForm << /XFA 3 0 R >> >>"), "active"),
        (pdf(b"<< /S /SubmitForm /F (https://elders.example) >>"), "active"),
        (pdf(b"<< /S/ImportData >>"), "active"),
    ],
)
def test_what_is_no_letter_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(LetterRefused) as refused:
        letters.check(content)
    assert (refused.value.code, str(refused.value)) == (code, REFUSALS[code])
