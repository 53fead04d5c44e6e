"""Bytes that stream in become calls of a parser target: decoded once, within limits, no tree, no file, no network (D39).

Bytes are decoded here, by one of four known encodings; the parser then sees UTF-8 and nothing else, so that there are not two opinions
about what a byte means. Whose elements they are, the target knows: that of EDEXML files, or that of UWLR's answers around the same.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lxml import etree

from directory.imports.edexml_records import Counts
from directory.imports.refusals import ImportRefused

CHUNK = 64 * 1024
_HEAD = 256

# What a file may call its encoding, and how we read it. Windows programs write windows-1252 and call it ISO-8859-1.
# A file that calls itself UTF-16 but has single bytes was put into a UTF-8 file by a program that forgot to say so.
_ENCODINGS = {
    "utf-8": "utf-8",
    "us-ascii": "utf-8",
    "utf-16": "utf-8",
    "iso-8859-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso-8859-15",
}
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,32})["']""")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost: an administration of 20,000 pupils fits easily, and nothing takes more than a second to refuse.

    `size` and `token` are bytes; a token is a tag, a comment or anything else without an end in sight. `events` are tags and texts.
    """

    size: int = 64 * 1024 * 1024
    lines: int = 1_000_000
    events: int = 2_500_000
    token: int = 1024 * 1024
    counts: Counts = field(default_factory=Counts)


LIMITS = Limits()


class Listener(Protocol):
    """The parser target. `line` is set by the stream; `events` counts what it heard, `started` and `ended` tell of its root element."""

    line: int

    @property
    def events(self) -> int:
        """How many calls there were, so that a token without an end is noticed."""

    @property
    def started(self) -> bool:
        """Whether the root element was seen."""

    @property
    def ended(self) -> bool:
        """Whether it was closed."""

    def doctype(self, _name: str | None, _public: str | None, _system: str | None) -> None:
        """A DOCTYPE: to be refused."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """A start tag, with its namespace in braces."""

    def data(self, text: str) -> None:
        """A piece of text."""

    def end(self, tag: str) -> None:
        """An end tag."""

    def close(self) -> None:
        """The end, also after an error."""


class XmlStream:
    """`feed` until the end, then `close`. Both raise `ImportRefused`; the target has heard everything when `close` returns."""

    def __init__(self, target: Listener, *, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._target = target
        self._parser = etree.XMLParser(
            target=target,  # type: ignore[arg-type] # the stubs allow for bytes; lxml 6 calls with str
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_pis=True,
            remove_comments=True,
        )
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._size = 0
        self._waiting = 0

    def feed(self, chunk: bytes) -> None:
        """The next bytes."""
        self._size += len(chunk)
        if self._size > self._limits.size:
            raise ImportRefused("too_large")
        if self._decoder is None:
            self._head += chunk
            if len(self._head) < _HEAD:
                return
            chunk = self._begin()
        self._decode(chunk, final=False)

    def close(self) -> None:
        """There are no more bytes. The stream is of no further use, also when it raises."""
        if not self._size:
            raise ImportRefused("empty")
        self._decode(b"" if self._decoder else self._begin(), final=True)
        if not self._finished():
            cut_off = self._target.started and not self._target.ended
            raise ImportRefused("truncated" if cut_off else self._broken(), line=self._target.line)

    def _begin(self) -> bytes:
        """Chooses the decoder by the first bytes; returns the bytes kept so far."""
        head, self._head = self._head, b""
        self._decoder = codecs.getincrementaldecoder(_encoding(head[:_HEAD]))("strict")
        return head

    def _decode(self, chunk: bytes, *, final: bool) -> None:
        assert self._decoder is not None  # noqa: S101 - `_begin` comes before
        text, bad_line = None, 0
        try:
            text = self._decoder.decode(chunk, final=final)
        except UnicodeDecodeError as error:
            bad_line = self._target.line + error.object.count(b"\n", 0, error.start)
        if text is None:
            # Raised out here: the decoder's own exception holds the bytes, and must not travel along as context.
            raise ImportRefused("bad_bytes", line=bad_line)
        self._parse(text)

    def _parse(self, text: str) -> None:
        """Feeds the parser line by line, because it does not tell its target where it is."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self._feed_parser("\n")
                self._target.line += 1
            for start in range(0, len(line), CHUNK):
                self._feed_parser(line[start : start + CHUNK])
        if self._target.line > self._limits.lines or self._target.events > self._limits.events:
            raise ImportRefused("too_large")

    def _feed_parser(self, text: str) -> None:
        events = self._target.events
        data = text.encode()
        if not self._parsed(data):
            raise ImportRefused(self._broken(), line=self._target.line)
        self._waiting = self._waiting + len(data) if events == self._target.events else 0
        if self._waiting > self._limits.token:
            raise ImportRefused("too_long", line=self._target.line)

    def _parsed(self, data: bytes) -> bool:
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError:
            return self._forget_errors()
        return True

    def _finished(self) -> bool:
        try:
            self._parser.close()
        except etree.XMLSyntaxError:
            return self._forget_errors()
        return True

    def _forget_errors(self) -> bool:
        # The parser's messages may quote the file, and lxml keeps the last ones for the whole process.
        etree.clear_error_log()
        return False

    def _broken(self) -> str:
        return "not_well_formed" if self._target.started else "not_xml"


def _encoding(head: bytes) -> str:
    """The codec for a file that begins with these bytes. Raises `ImportRefused`."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not head.startswith(codecs.BOM_UTF32_LE):
        return "utf-16"
    declared = _DECLARED.match(head.lstrip())
    name = declared[1].decode().lower() if declared else "utf-8"
    if name not in _ENCODINGS or b"\0" in head:
        raise ImportRefused("encoding", line=1)
    return _ENCODINGS[name]
