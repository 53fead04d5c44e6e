"""An extract of a supplier's register: what a line may hold, and hostile files that are refused with line and reason (D8)."""

from datetime import date

import pytest

from consent.agreement_extract import MOST_BYTES, REASONS, ExtractRefused, read

TODAY = date(2026, 11, 22)
HEAD = "bestuursnummer;brin;partij;versie;getekend_door;functie;getekend_op;geldt_tot_en_met\n"
GOOD = "41234;;platform;3.0;A. Zee;bestuurder;2026-08-01;\n"


def told(text: str, encoding: str = "utf-8") -> list[tuple[object, ...]]:
    lines = read(text.encode(encoding), today=TODAY)
    return [(one.line, one.board, one.school, one.party, *shown(one.signing)) for one in lines]


def shown(signing: object) -> tuple[object, ...]:
    return tuple(getattr(signing, name) for name in ("version", "signer", "signed_on", "ends_on"))


def test_lines_are_read_as_registers_and_spreadsheets_write_them() -> None:
    first = (2, "41234", None, None, "3.0", "A. Zee, bestuurder", date(2026, 8, 1), None)
    assert told(HEAD + GOOD) == [first]
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        assert told(HEAD + GOOD, encoding) == [first], encoding
    other = "Partij,Versie,Getekend op,Geldt tot en met,BRIN\r\nhttps://a.example/saml,2,1-8-2026,31-7-2027,99xx01\r\n"
    assert told(other) == [
        (2, None, "99XX01", "https://a.example/saml", "2", None, date(2026, 8, 1), date(2027, 7, 31))
    ]
    assert told(HEAD + "123;;7;1;;directeur;2026-01-05;")[0][1:4] == ("00123", None, "7"), (
        "a spreadsheet took its zeros"
    )
    assert told(HEAD) == []


HOSTILE = {
    "empty": ("", None),
    "columns": (GOOD, 1),
    "too_many": (HEAD + GOOD * 50_001, 50_002),
    "not_table": (HEAD + "\0", None),
    "quotes": (HEAD + '41234;;"platform;3.0;;;2026-08-01;\n' * 60, 2),
    "formula": (HEAD + "41234;;platform;3.0;=cmd|'/c calc'!A1;;2026-08-01;", 2),
    "too_long": (HEAD + GOOD + f"41234;;platform;{'3' * 17};;;2026-08-01;", 3),
    "missing": (HEAD + "41234;;platform;;;;2026-08-01;", 2),
    "whose": (HEAD + "41234;99XX;platform;3.0;;;2026-08-01;", 2),
    "bestuursnummer": (HEAD + "412345;;platform;3.0;;;2026-08-01;", 2),
    "brin": (HEAD + ";XX99;platform;3.0;;;2026-08-01;", 2),
    "not_printable": (HEAD + '41234;;platform;3.0;"A\nZee";;2026-08-01;', 2),
    "day": (HEAD + "41234;;platform;3.0;;;2026-02-30;", 2),
    "future": (HEAD + "41234;;platform;3.0;;;2026-11-23;", 2),
    "order": (HEAD + "41234;;platform;3.0;;;2026-08-01;2026-07-31", 2),
}


@pytest.mark.parametrize("code", HOSTILE)
def test_a_file_with_a_fault_is_refused_whole_with_its_line(code: str) -> None:
    text, line = HOSTILE[code]
    with pytest.raises(ExtractRefused) as refused:
        told(text)
    assert (refused.value.code, refused.value.line) == (code, line)
    assert (refused.value.__cause__, refused.value.__context__) == (None, None), "nothing of the file goes along"
    assert "Zee" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"x" * (MOST_BYTES + 1), "too_large"),
        (b"\xff\xfe" + b"\x00\xd8" * 3, "bad_bytes"),
        (f"{HEAD}41234;;platform;3.0;;;{'9' * 5000};".encode(), "too_long"),
        *(
            (f"{HEAD}41234;;platform;3.0;;;{day};".encode(), "day")
            for day in ("1999-12-31", "0-0-2026", "٢٠٢٦-٠٨-٠١", "1-8-26")
        ),
        *(
            (f"brin;partij;versie{more}\n".encode(), "columns")
            for more in ("", ";getekend_op;brin", ";getekend_op;pin")
        ),
    ],
)
def test_sizes_bytes_days_and_columns_that_cannot_be(content: bytes, code: str) -> None:
    with pytest.raises(ExtractRefused) as refused:
        list(read(content, today=TODAY))
    assert refused.value.code == code


def test_every_reason_is_shown_by_a_file() -> None:
    assert set(REASONS) == set(HOSTILE) | {"too_large", "bad_bytes", "twice"}
