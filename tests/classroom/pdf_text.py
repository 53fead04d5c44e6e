"""What stands on the pages of one of our PDFs: reads back the text through the fonts' own tables, as a reader's copy-and-paste does."""

import re
import zlib


def pages(pdf: bytes) -> int:
    """How many pages there are."""
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def text(pdf: bytes) -> list[str]:
    """Every piece of text, in the order in which it was written."""
    streams = [_opened(raw) for raw in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.S)]
    tables = [_table(stream) for stream in streams if b"beginbfchar" in stream or b"beginbfrange" in stream]
    found, table = [], dict[int, str]()
    for stream in streams:
        for font, shown in re.findall(rb"/F(\d) [\d.]+ Tf|\((.*?)(?<!\\)\) Tj", stream, re.S):
            if font:
                table = tables[int(font) - 1]
            else:
                found.append("".join(table.get(two, "?") for two in _pairs(_unescaped(shown))))
    return found


def _opened(raw: bytes) -> bytes:
    try:
        return zlib.decompress(raw)
    except zlib.error:
        return raw


def _table(stream: bytes) -> dict[int, str]:
    found = {}
    for glyph, char in re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})>\n", stream):
        found[int(glyph, 16)] = chr(int(char, 16))
    for first, last, char in re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})>", stream):
        for step in range(int(last, 16) - int(first, 16) + 1):
            found[int(first, 16) + step] = chr(int(char, 16) + step)
    return found


def _unescaped(raw: bytes) -> bytes:
    return re.sub(rb"\\([()\\rn])", lambda one: {b"r": b"\r", b"n": b"\n"}.get(one[1], one[1]), raw)


def _pairs(raw: bytes) -> list[int]:
    return [int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2)]
