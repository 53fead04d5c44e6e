"""Makes `known_passwords.bin` from published lists. To be run by hand, where those packages were fetched and unpacked:

    python -m idp.credentials.gather_known_passwords DJANGO COMMON DUTCH

DJANGO is `common-passwords.txt.gz` of Django 5.2.19 from PyPI (BSD-3-Clause): the most frequent of the leaked ones. COMMON is `src/passwords.json`
of @zxcvbn-ts/language-common 4.1.3 from npm (MIT), the same in a longer list. DUTCH is the folder `src` of @zxcvbn-ts/language-nl-be 3.0.2 from
npm (MIT): words and names, for what is left of a password without the digits around it.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from idp.credentials import known_passwords

DUTCH = ("commonWords.json", "girlsFirstnames.json", "boysFirstnames.json", "lastnames.json")
SHORTEST_WORD = 4
"""Shorter words say nothing: whatever is left of a good password may be one of them."""


def gather(django: Path, common: Path, dutch: Path) -> Iterator[str]:
    """Every entry of the lists, in lower case."""
    yield from gzip.decompress(django.read_bytes()).decode().casefold().split()
    yield from (str(entry).casefold() for entry in json.loads(common.read_text("utf-8")))
    for name in DUTCH:
        words = (str(word).casefold() for word in json.loads((dutch / name).read_text("utf-8")))
        yield from (word for word in words if len(word) >= SHORTEST_WORD)


if __name__ == "__main__":
    made = known_passwords.written(gather(*map(Path, sys.argv[1:])))
    known_passwords.FILE.write_bytes(made)
    print(f"{len(made) // known_passwords.WIDTH} entries, {len(made)} bytes")
