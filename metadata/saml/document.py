"""The only parser of SAML that others wrote: messages and metadata.

Decoding, entities and size are settled on the bytes, before libxml2 sees them. What comes out holds elements, attributes and text, and each
text is one whole string: `remove_comments` joins what a comment would split, and `.text` would otherwise stop there (CVE-2017-11427).
"""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from idp.core.errors import Problem


class Malformed(Problem):
    """Bytes that are not what they should be. Nothing in them was believed; `detail` says what, never the content."""

    def __init__(self, detail: str, *, code: str = "saml.malformed") -> None:
        super().__init__(code, status=400, detail=detail)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be. `tags` counts start, end and empty tags; depth is libxml2's own limit of 256."""

    size: int
    tags: int
    attributes: int


MESSAGE: Final = Limits(size=64 * 1024, tags=1_000, attributes=1_000)
METADATA: Final = Limits(size=1024 * 1024, tags=10_000, attributes=10_000)

# One encoding and one version: with a second reading of the same bytes an attacker could show each reader another text (C-268, C-327).
_DECLARATION: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml\s+version=(["'])1\.0\1(?:\s+encoding=(["'])utf-8\2)?(?:\s+standalone=(["'])(?:yes|no)\3)?\s*\?>)?""",
    re.IGNORECASE,
)


def parse(raw: bytes, *, limits: Limits = MESSAGE) -> Element:
    """The root element of a UTF-8 document without DTD, processing instructions, entities or comments.

    Raises `Malformed`. Nothing is fetched and nothing is expanded; time and memory are bounded by `limits` (C-202, C-276).
    """
    _refuse_dangerous(raw, limits)
    try:
        root: Element | None = etree.fromstring(raw, _parser())
    except etree.XMLSyntaxError as error:
        raise Malformed(f"not well-formed XML, line {error.lineno}") from None
    # The byte search above has refused every document type already; this asks the parser for its own opinion.
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise Malformed("no root element, or a document type")
    return root


def _parser() -> etree.XMLParser:
    # A parser keeps state between documents (its dictionary of names), so each document gets its own; that costs half a microsecond.
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
    )


def _refuse_dangerous(raw: bytes, limits: Limits) -> None:
    if len(raw) > limits.size:
        raise Malformed(f"larger than {limits.size} bytes")
    try:
        raw.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Malformed("not UTF-8") from None
    declaration = _DECLARATION.match(raw)
    begin = declaration.end() if declaration else 0
    # SDP-G03: a document type is refused before anything in it could act. In a comment it does no harm, and is not worth a second look.
    if raw.find(b"<!DOCTYPE", begin) >= 0 or raw.find(b"<!ENTITY", begin) >= 0:
        raise Malformed("document type declaration")
    if raw.find(b"<?", begin) >= 0:
        raise Malformed("processing instruction, or an XML declaration other than version 1.0 in UTF-8")
    if raw.count(b"<") > limits.tags or raw.count(b"=") > limits.attributes:
        raise Malformed("too many elements or attributes")


def text(element: Element) -> str:
    """The whole text of an element that may hold nothing but text, without white space around it. Raises `Malformed`."""
    if len(element):
        raise Malformed(f"text expected inside {etree.QName(element).localname}")
    return (element.text or "").strip(" \t\r\n")


def one(parent: Element, name: str) -> Element | None:
    """The only direct child of that name, or None. Raises `Malformed` for a second one: which of two counts is not ours to guess."""
    found = list(parent.iterchildren(name))
    if len(found) > 1:
        raise Malformed(f"{etree.QName(name).localname} more than once")
    return found[0] if found else None
