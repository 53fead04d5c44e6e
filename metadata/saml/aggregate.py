"""Metadata that somebody else publishes, an aggregate of thousands of entities or one, read as it comes in: signature, dates, wanted entities.

An aggregate never is in memory as a whole. It is cut behind closing tags of EntityDescriptor; every piece, wrapped in the start tags of the groups
that are open before it and the end tags of those that are open behind it, must be a document by itself, or the whole is refused: then the whole is
exactly their content in a row, and so is its canonical form. What is digested is what is read: each piece is parsed once, and its canonical octets
and its entities come from that one tree (C-268). Groups may lie in groups (Metadata 2.3.1), neither deep nor many.
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
DEEPEST: Final = 8
"""So many groups inside one another, the root among them."""
MOST_GROUPS: Final = 1_000

_ATTRIBUTES: Final = rb"""(?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*"""
_HEAD: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml[^?>]*\?>)?\s*(?:<!--(?:(?!-->).)*-->\s*)*"""
    rb"""(?P<tag><(?P<name>[A-Za-z_][\w.:-]*)""" + _ATTRIBUTES + rb""">)""",
    re.DOTALL,
)
_GROUP_NAME: Final = rb"(?:[A-Za-z_][\w.-]*:)?EntitiesDescriptor"
_GROUP: Final = re.compile(
    rb"<(?:/" + _GROUP_NAME + rb"\s*|(?P<name>" + _GROUP_NAME + rb")" + _ATTRIBUTES + rb"(?P<empty>/?))>"
)
_END: Final = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?EntityDescriptor\s*>")
_IDS: Final = etree.XPath("//@ID", smart_strings=False)
GROUP, ENTITY = f"{{{MD}}}EntitiesDescriptor", f"{{{MD}}}EntityDescriptor"

Wanted = Callable[[Element], bool]
"""Whether an EntityDescriptor is one that we want to keep."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a document held: the canonical octets of each wanted EntityDescriptor by its entityID; until when, and how long it may be kept.

    `counted` is how many entities there were; `sha256` is that of all bytes as they came. Where a group ends sooner than the root, all of it does.
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
        self._open: _Groups = ()
        self._single = False
        self._proof: _Proof | None = None
        self._terms: list[tuple[str | None, str | None]] = []
        self._entities: dict[str, bytes] = {}
        self._ids: set[str] = set()
        self._counted = self._groups = 0

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
            if not self._open:
                self._begin()
            if self._open and not self._single and len(self._buffer) >= PIECE:
                self._cut()

    def whole(self) -> Read:
        """What the document held, all of it read and, where that was asked, proven."""
        if not self._open:
            raise BadMetadata("the document is empty, or does not begin like metadata")
        # What is left ends with the root's own end tag.
        self._take(bytes(self._buffer), ())
        if self._counted == 0:
            raise BadMetadata("the document describes no entity")
        if self._proof is not None:
            self._proof.check()
        until, cache_for = self._term()
        return Read(self._entities, self._counted, until, cache_for, self._all.hexdigest())

    def _term(self) -> tuple[datetime | None, timedelta | None]:
        """The root's, or a group's inside it that is sooner over; what the root does not say no group says for it (C-206)."""
        try:
            ends = [values.moment(until) if until else None for until, _ in self._terms]
            kept = [values.duration(cache) if cache else None for _, cache in self._terms]
        except ValueError:
            raise BadMetadata("validUntil is not a moment, or cacheDuration not a length of time") from None
        until = min((end for end in ends if end), default=None) if ends[0] else None
        return until, min((one for one in kept if one is not None), default=None) if kept[0] is not None else None

    def _begin(self) -> None:
        head = _HEAD.match(self._buffer)
        if head is None:
            if len(self._buffer) > _LONGEST_HEAD:
                raise BadMetadata("the document does not begin like metadata")
            return
        # The declaration and all else before the root is judged like that of any document.
        root = document.parse(bytes(self._buffer[: head.end()]) + b"</" + head["name"] + b">", limits=_PIECE_LIMITS)
        if root.tag not in {GROUP, ENTITY}:
            raise BadMetadata("the root element is neither EntityDescriptor nor EntitiesDescriptor")
        self._open = (_Open(bytes(head["tag"]), bytes(head["name"])),)
        self._single = root.tag == ENTITY
        self._terms.append((root.get("validUntil"), root.get("cacheDuration")))
        del self._buffer[: head.end()]

    def _cut(self) -> None:
        ends = [found.end() for found in _END.finditer(self._buffer)]
        if not ends:
            if len(self._buffer) > _PIECE_LIMITS.size:
                raise Malformed(f"an entity is larger than {_PIECE_LIMITS.size} bytes")
            return
        piece = bytes(self._buffer[: ends[-1]])
        del self._buffer[: ends[-1]]
        self._take(piece, _behind(self._open, piece))

    def _take(self, piece: bytes, behind: "_Groups") -> None:
        """The next piece; `behind` are the groups that are open after it, none after the last one."""
        before, self._open = self._open, behind
        whole = _starts(before) + piece + _ends(behind)
        if self._single and len(whole) > document.METADATA.size:
            raise Malformed(f"larger than {document.METADATA.size} bytes")
        root = document.parse(whole, limits=_PIECE_LIMITS)
        _refuse_other_groups(root, behind)
        if self._trusted is not None:
            if self._proof is None:
                self._proof = _Proof(root, self._trusted, before)
            self._proof.take(root, before, behind)
        if self._single:
            self._keep(root)
        else:
            self._groups -= len(before)
            self._walk(root, 1, known=len(before))

    def _walk(self, group: Element, depth: int, *, known: int) -> None:
        """The entities directly in a group, and in the groups directly in it. The first `known` groups were met before."""
        self._groups += 1
        if depth > DEEPEST or self._groups > MOST_GROUPS:
            raise BadMetadata(f"groups of entities deeper than {DEEPEST}, or more than {MOST_GROUPS}")
        if depth > known:
            self._terms.append((group.get("validUntil"), group.get("cacheDuration")))
        for place, child in enumerate(group.iterchildren()):
            if child.tag == GROUP:
                self._walk(child, depth + 1, known=known if place == 0 else 0)
            elif child.tag == ENTITY:
                self._keep(child)

    def _keep(self, entity: Element) -> None:
        self._counted += 1
        entity_id = entity.get("entityID", "")
        if entity_id in self._ids:
            # C-280: which of the two counts is not ours to guess.
            raise BadMetadata("an entityID occurs twice")
        self._ids.add(entity_id)
        if self._wanted(entity):
            self._entities[entity_id] = xmldsig.canonical(entity)


@dataclass(frozen=True, slots=True)
class _Open:
    """A group whose end is still to come: its start tag as it stands there, and its name."""

    tag: bytes
    name: bytes


_Groups = tuple[_Open, ...]
"""Those that are open, the root first."""


def _starts(groups: _Groups) -> bytes:
    return b"".join(group.tag for group in groups)


def _ends(groups: _Groups) -> bytes:
    """As canonical end tags are, too: without white space."""
    return b"".join(b"</%b>" % group.name for group in reversed(groups))


def _behind(groups: _Groups, piece: bytes) -> _Groups:
    """Which groups are open behind a piece. Read from bytes that nobody has parsed yet: whoever is misled by a comment gets no document."""
    if b"EntitiesDescriptor" not in piece:
        return groups
    for found in _GROUP.finditer(piece):
        if found["name"] is None:
            groups = groups[:-1]
        elif not found["empty"]:
            groups = (*groups, _Open(found[0], found["name"]))
        if not 0 < len(groups) <= DEEPEST:
            raise BadMetadata(f"groups of entities deeper than {DEEPEST}, or none that is open")
    return groups


def _refuse_other_groups(root: Element, behind: _Groups) -> None:
    """The groups that are open behind a piece are those whose start tags stand before the next one: the parser says so, with every name space."""
    if len(behind) < 2:
        return
    one, other = root, document.parse(_starts(behind) + _ends(behind))
    for _ in behind[1:]:
        one, other = one[-1], other[0]
        if (one.tag, one.items(), one.nsmap) != (other.tag, other.items(), other.nsmap):
            raise Malformed("a group of entities is not where it seems to be")


class _Proof:
    """The signature at the head of a document, and the digest of its pieces as they come."""

    def __init__(self, first: Element, trusted: Sequence[str], root: _Groups) -> None:
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
        self._digest = hashlib.new(self._reference.digest_name, self._around(root))
        self._seen = set[str]()

    def _around(self, groups: _Groups) -> bytes:
        """The canonical start tags of open groups."""
        empty = document.parse(_starts(groups) + _ends(groups))
        return xmldsig.canonical(empty, self._reference.prefixes).removesuffix(_ends(groups))

    def take(self, root: Element, before: _Groups, behind: _Groups) -> None:
        """Digests the next piece, which stands between these groups. A single entity is one piece, the first and the last."""
        met = len(cast(list[str], _IDS(document.parse(_starts(before) + _ends(before)))))
        own, *inside = cast(list[str], _IDS(root))
        inside = inside[met - 1 :]
        if own in inside or len(inside) != len(set(inside)) or not self._seen.isdisjoint(inside):
            # C-260: of two elements with one ID a verifier and a reader could each take the other.
            raise NotSigned("an ID occurs twice")
        self._seen.update(inside)
        if next(root.iterchildren(f"{{{DS}}}Signature"), None) is not None:
            raise NotSigned("a second signature of the document")
        octets = xmldsig.canonical(root, self._reference.prefixes)
        start, end = self._around(before), _ends(behind)
        if not octets.startswith(start) or not octets.endswith(end):
            raise NotSigned("the document has no canonical form")
        self._digest.update(octets[len(start) : len(octets) - len(end)])

    def check(self) -> None:
        """Raises `NotSigned` when the pieces are not what was signed."""
        if self._digest.digest() != self._reference.digest:
            raise NotSigned("the digest of the document is wrong")
