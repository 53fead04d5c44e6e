"""The parser of foreign SAML: what it lets through, and that everything else stops before libxml2 can act on it."""

import pytest

from metadata.saml import document
from metadata.saml.document import Limits, Malformed, parse


def test_a_document_in_utf8_is_read_with_or_without_declaration_and_byte_order_mark() -> None:
    for start in (
        b"",
        b"\xef\xbb\xbf",
        b'<?xml version="1.0"?>\n',
        b"<?xml version='1.0' encoding='utf-8' standalone='yes' ?>",
    ):
        assert document.text(parse(start + "<a>é</a>".encode())) == "é"


@pytest.mark.parametrize(
    "raw",
    [
        b'<?xml version="1.1"?><a/>',
        b'<?xml version="1.0" encoding="iso-8859-1"?><a/>',
        b'<?xml version="1.0" encoding="UTF-7"?><a/>',
        '<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16"),
        b"<a>\xe9</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<a>\xc0\xaf</a>",
    ],
)
def test_another_encoding_or_version_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b"<a><!-- <!DOCTYPE --></a>",
        b"<a>&e;</a>",
        b"<a><?php x ?></a>",
        b'<?xml-stylesheet href="x"?><a/>',
        b"<a/><?after?>",
        b"<a>",
        b"",
        b"text",
        b"<a/><b/>",
        b'<a x="1" x="2"/>',
        b"<p:a/>",
        b"<a>&#0;</a>",
    ],
)
def test_what_is_no_plain_document_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw)


def test_a_comment_never_splits_a_text() -> None:
    root = parse(b"<a><b>admin@a.example<!-- -->.evil.example</b></a>")
    assert document.text(root[0]) == "admin@a.example.evil.example"


def test_sections_and_references_are_plain_text() -> None:
    assert document.text(parse(b"<a> <![CDATA[<b>]]>&amp;&#65; </a>")) == "<b>&A"


def test_limits_hold_for_size_tags_attributes_and_depth() -> None:
    limits = Limits(size=100, tags=10, attributes=5)
    assert parse(b"<a>" + b"<b/>" * 8 + b"</a>", limits=limits).tag == "a"
    for raw in (
        b"<a>" + b"<b/>" * 9 + b"</a>",
        b'<a a="" b="" c="" d="" e="" f=""/>',
        b"<a>" + b"x" * 100 + b"</a>",
    ):
        with pytest.raises(Malformed):
            parse(raw, limits=limits)
    deep = Limits(size=10_000, tags=10_000, attributes=0)
    assert parse(b"<a>" * 200 + b"</a>" * 200, limits=deep).tag == "a"
    with pytest.raises(Malformed):
        parse(b"<a>" * 300 + b"</a>" * 300, limits=deep)


def test_an_element_that_may_occur_once_is_not_chosen_from_two() -> None:
    root = parse(b"<a><b>1</b></a>")
    found = document.one(root, "b")
    assert found is not None
    assert document.text(found) == "1"
    assert document.one(root, "c") is None
    with pytest.raises(Malformed):
        document.one(parse(b"<a><b/><b/></a>"), "b")


def test_elements_inside_a_text_are_refused() -> None:
    with pytest.raises(Malformed):
        document.text(parse(b"<a>x<b/>y</a>"))


def test_a_refusal_never_repeats_the_content() -> None:
    with pytest.raises(Malformed) as refusal:
        parse(b"<a>Noor van de Berg</b>")
    assert "Noor" not in str(refusal.value)
