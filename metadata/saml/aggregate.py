"""Metadata that somebody else publishes, an aggregate of thousands of entities or one, read as it comes in: signature, dates, wanted entities.

An aggregate never is in memory as a whole. It is cut behind closing tags of EntityDescriptor; every piece, wrapped in the root's own start and
end tag, must be a document by itself, or the whole is refused: then the whole is exactly their content in a row, and so is its canonical form.
What is digested is what is read: each piece is parsed once, and its canonical octets and its entities come from that one tree (C-268).
"""

import codecs
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from lxml import etree
from lxml.etree import _Element as Element

from metadata.saml import document, values, xmldsig
from metadata.saml.document import Limits, Malformed
from metadata.saml.names import DS, MD
from metadata.saml.reader import BadMetadata
from metadata.saml.xmldsig import NotSigned, Reference

LARGEST: Final = 128 * 1024 * 1024
PIECE: Final = 256 * 1024
"""Pieces are at least so long, if there is that much, and at most this and one entity."""
_PIECE_LIMITS: Final = Limits(size=2 * 1024 * 1024, tags=40_000, attributes=40_000)
_LONGEST_HEAD: Final = 64 * 1024

_HEAD: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml[^?>]*\?>)?\s*(?:<!--(?:(?!-->).)*-->\s*)*"""
    rb"""(?P<tag><(?P<name>[A-Za-z_][\w.:-]*)(?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*>)""",
    re.DOTALL,
)
_END: Final = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?EntityDescriptor\s*>")
_IDS: Final = etree.XPath("//@ID", smart_strings=False)
_ROOTS: Final = (f"{{{MD}}}EntitiesDescriptor", f"{{{MD}}}EntityDescriptor")

Wanted = Callable[[Element], bool]
"""Whether an EntityDescriptor is one that we want to keep."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a document held: the canonical octets of each wanted EntityDescriptor by its entityID; until when, and how long it may be kept.

    `counted` is how many entities there were; `sha256` is that of all bytes as they came.
    """

    entities: dict[str, bytes]
    counted: int
    valid_until: datetime | None
    cache_for: timedelta | None
    sha256: str


class Reader:
    """Takes the bytes of one document as they come; `whole` says what it held. `trusted` None: whoever hands it over vouches for it (D31).

    Every method raises `Malformed`: `BadMetadata` for what is unusable, `NotSigned` for what is not proven. Nothing may be believed before `whole`.
    """

    def __init__(self, wanted: Wanted, *, trusted: Sequence[str] | None) -> None:
        self._wanted, self._trusted = wanted, trusted
        self._buffer, self._size = bytearray(), 0
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._all = hashlib.sha256()
        self._start = self._end = b""
        self._single = False
        self._proof: _Proof | None = None
        self._root: Element | None = None
        self._entities: dict[str, bytes] = {}
        self._ids: set[str] = set()
        self._counted = 0

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        self._size += len(data)
        if self._size > LARGEST:
            raise Malformed(f"larger than {LARGEST} bytes")
        self._all.update(data)
        try:
            self._utf8.decode(data)
        except UnicodeDecodeError:
            raise Malformed("not UTF-8") from None
        for begin in range(0, len(data), PIECE):
            self._buffer += data[begin : begin + PIECE]
            if not self._start:
                self._open()
            if self._start and not self._single and len(self._buffer) >= PIECE:
                self._cut()

    def whole(self) -> Read:
        """What the document held, all of it read and, where that was asked, proven."""
        if not self._start:
            raise BadMetadata("the document is empty, or does not begin like metadata")
        # What is left ends with the root's own end tag.
        self._take(self._start + bytes(self._buffer), last=True)
        root = self._root
        if root is None or self._counted == 0:
            raise BadMetadata("the document describes no entity")
        if self._proof is not None:
            self._proof.check()
        try:
            until = values.moment(root.get("validUntil", "")) if root.get("validUntil") else None
            cache_for = values.duration(root.get("cacheDuration", "")) if root.get("cacheDuration") else None
        except ValueError:
            raise BadMetadata("validUntil is not a moment, or cacheDuration not a length of time") from None
        return Read(self._entities, self._counted, until, cache_for, self._all.hexdigest())

    def _open(self) -> None:
        head = _HEAD.match(self._buffer)
        if head is None:
            if len(self._buffer) > _LONGEST_HEAD:
                raise BadMetadata("the document does not begin like metadata")
            return
        # The declaration and all else before the root is judged like that of any document.
        root = document.parse(bytes(self._buffer[: head.end()]) + b"</" + head["name"] + b">", limits=_PIECE_LIMITS)
        if root.tag not in _ROOTS:
            raise BadMetadata("the root element is neither EntityDescriptor nor EntitiesDescriptor")
        self._start, self._end = bytes(head["tag"]), b"</" + bytes(head["name"]) + b">"
        self._single = root.tag == _ROOTS[1]
        self._root = root
        del self._buffer[: head.end()]

    def _cut(self) -> None:
        ends = [found.end() for found in _END.finditer(self._buffer)]
        if not ends:
            if len(self._buffer) > _PIECE_LIMITS.size:
                raise Malformed(f"an entity is larger than {_PIECE_LIMITS.size} bytes")
            return
        piece = bytes(self._buffer[: ends[-1]])
        del self._buffer[: ends[-1]]
        self._take(self._start + piece + self._end)

    def _take(self, piece: bytes, *, last: bool = False) -> None:
        if self._single and len(piece) > document.METADATA.size:
            raise Malformed(f"larger than {document.METADATA.size} bytes")
        root = document.parse(piece, limits=_PIECE_LIMITS)
        if self._trusted is not None:
            if self._proof is None:
                self._proof = _Proof(root, self._trusted, self._start, self._end)
            self._proof.take(root, last=last)
        for entity in [root] if self._single else root.iterchildren():
            if entity.tag == _ROOTS[0]:
                raise BadMetadata("there are groups of entities inside the document; one list is wanted")
            if entity.tag == _ROOTS[1]:
                self._keep(entity)

    def _keep(self, entity: Element) -> None:
        self._counted += 1
        entity_id = entity.get("entityID", "")
        if entity_id in self._ids:
            # C-280: which of the two counts is not ours to guess.
            raise BadMetadata("an entityID occurs twice")
        self._ids.add(entity_id)
        if self._wanted(entity):
            self._entities[entity_id] = xmldsig.canonical(entity)


class _Proof:
    """The signature at the head of a document, and the digest of its pieces as they come."""

    def __init__(self, first: Element, trusted: Sequence[str], start: bytes, end: bytes) -> None:
        self._signature = signature = document.one(first, f"{{{DS}}}Signature")
        # Metadata 2.3.1, 2.3.2: before everything else. The digest's algorithm must be known before the first octet.
        if signature is None or signature.getprevious() is not None:
            raise NotSigned("the document does not begin with a signature")
        if any(element.get("ID") == first.get("ID") for element in signature.iter()):
            # C-260, here too: a verifier that goes by IDs could take a part of the signature for the document.
            raise NotSigned("an ID occurs twice")
        self._reference: Reference = xmldsig.read_reference(signature, first.get("ID"))
        able = xmldsig.candidates(trusted, self._reference.algorithm)
        # C-265, C-280: by a trusted key, whatever KeyInfo says.
        if not xmldsig.is_made_by(signature, self._reference.algorithm, able):
            raise NotSigned("the signature was not made by a trusted key")
        xmldsig.take_out(signature)
        empty = xmldsig.canonical(document.parse(start + end), self._reference.prefixes)
        # A canonical end tag is the root's own, without white space; what is before it is the start tag around every piece.
        self._start, self._end = empty.removesuffix(end), end
        self._digest = hashlib.new(self._reference.digest_name, self._start)
        self._seen = set[str]()

    def take(self, root: Element, *, last: bool) -> None:
        """Digests the next piece. A single entity is one piece, the first and the last."""
        own, *inside = cast(list[str], _IDS(root))
        if own in inside or len(inside) != len(set(inside)) or not self._seen.isdisjoint(inside):
            # C-260: of two elements with one ID a verifier and a reader could each take the other.
            raise NotSigned("an ID occurs twice")
        self._seen.update(inside)
        if next(root.iterchildren(f"{{{DS}}}Signature"), None) is not None:
            raise NotSigned("a second signature of the document")
        octets = xmldsig.canonical(root, self._reference.prefixes)
        if not octets.startswith(self._start) or not octets.endswith(self._end):
            raise NotSigned("the document has no canonical form")
        self._digest.update(octets[len(self._start) : len(octets) - (0 if last else len(self._end))])

    def check(self) -> None:
        """Raises `NotSigned` when the pieces are not what was signed."""
        if self._digest.digest() != self._reference.digest:
            raise NotSigned("the digest of the document is wrong")
