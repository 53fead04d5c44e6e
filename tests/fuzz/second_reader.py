"""Another reader of the same XML: expat, by way of ElementTree. Not a line of libxml2 is in it."""

import re
import xml.etree.ElementTree as ET
from typing import Final

_TAG: Final = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_NAME_OR_VALUE: Final = re.compile(r"""("[^"]*"|'[^']*')|[^\x00-\x7f]""")


def read(xml: bytes) -> ET.Element:
    """The root of a document that our reader took in.

    expat knows the names of XML 1.0 as its fourth edition has them, libxml2 those of the fifth, in which a name may hold nearly every letter of
    any script: a document that only that keeps from being read is read with other letters in its names, of which none means anything to us.
    """
    try:
        return ET.fromstring(xml)
    except ET.ParseError:
        return ET.fromstring(_TAG.sub(lambda tag: _plainly(tag[0]), xml.decode()).encode())


def _plainly(tag: str) -> str:
    return _NAME_OR_VALUE.sub(lambda found: found[1] or "x", tag)
