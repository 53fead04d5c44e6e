"""The elements of EDEXML that we read, and the parser target that skips everything else unread (D39).

The allow-list is data: `EDEX` below. An element that is not on it is skipped with all that it contains: its text is never collected, its
attributes are never looked at. So a BSN, a birth date or a vendor's `toevoegingen/blok` cannot get past this module, whatever they are
called in the next version of the standard.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from directory.imports.refusals import ImportRefused

MOST_DEPTH = 32
MOST_KEY = 256
_MOST_RAW_TEXT = 4096
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Element:
    """What one allow-listed element is: a section holds records, a record holds texts and links, a link points to a record by key."""

    role: Literal["section", "record", "text", "link"]
    children: Mapping[str, "Element"] = field(default_factory=dict)
    limit: int = 0
    often: bool = False


def _section(**children: Element) -> Element:
    return Element("section", children)


def _record(**children: Element) -> Element:
    return Element("record", children)


def _text(limit: int) -> Element:
    return Element("text", limit=limit)


_ROLE = Element("text", limit=8, often=True)
_NAME = {"achternaam": _text(200), "voorvoegsel": _text(16), "roepnaam": _text(64)}
_LINK = Element("link")
_LINK_WITH_ROLES = Element("link", {"rol": _ROLE})

EDEX = _section(
    school=_record(
        schooljaar=_text(9),
        peildatum=_text(16),
        brincode=_text(4),
        dependancecode=_text(2),
        schoolkey=_text(256),
        # Read only to be able to say why a Flemish file is refused.
        instellingsnummer=_text(16),
    ),
    vestigingen=_section(vestiging=_record(naam=_text(64))),
    groepen=_section(
        groep=_record(naam=_text(64), jaargroep=_text(4)),
        samengestelde_groep=_record(naam=_text(64)),
    ),
    leerlingen=_section(
        leerling=_record(
            **_NAME,
            jaargroep=_text(4),
            groep=_LINK,
            samengestelde_groepen=_section(samengestelde_groep=_LINK),
            vestiging=_LINK,
            instroomdatum=_text(16),
            uitstroomdatum=_text(16),
        )
    ),
    leerkrachten=_section(
        leerkracht=_record(
            **_NAME,
            emailadres=_text(256),
            rol=_ROLE,
            groepen=_section(groep=_LINK_WITH_ROLES, samengestelde_groep=_LINK_WITH_ROLES),
        )
    ),
)


def cleaned(text: str) -> str:
    """One line, composed (NFC), without control and format characters.

    So two spellings of one name are one name, and no name turns the direction of what stands beside it on a page.
    """
    words = unicodedata.normalize("NFC", text).split()
    visible = ("".join(char for char in word if unicodedata.category(char) not in ("Cc", "Cf")) for word in words)
    return " ".join(word for word in visible if word)


@dataclass(slots=True)
class Draft:
    """A record or a link while it is being read: its allow-listed texts by element name, cleaned."""

    name: str
    line: int
    raw_key: str | None
    eckid: str | None = field(repr=False)
    texts: dict[str, list[str]] = field(default_factory=dict, repr=False)
    links: list["Draft"] = field(default_factory=list)

    def key(self) -> str:
        """The key without surrounding white space, which has no meaning in EDEXML. Raises `ImportRefused`."""
        key = (self.raw_key or "").strip()
        if not key:
            raise ImportRefused("missing", line=self.line, element=self.name)
        if len(key) > MOST_KEY:
            raise ImportRefused("too_long", line=self.line, element=self.name)
        return key

    def text(self, element: str) -> str | None:
        """The text of an element, None where it is absent or empty."""
        return self.texts.get(element, [None])[0]

    def required(self, element: str) -> str:
        """The text of an element that must be there. Raises `ImportRefused`."""
        text = self.text(element)
        if text is None:
            raise ImportRefused("missing", line=self.line, element=element)
        return text

    def date(self, element: str) -> date | None:
        """An `xs:date`, its time zone left aside. Raises `ImportRefused`."""
        text = self.text(element)
        if text is None:
            return None
        match = _DATE.fullmatch(text)
        day = _day(match[1]) if match else None
        if day is None:
            raise ImportRefused("bad_value", line=self.line, element=element)
        return day


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        # Its words repeat the text; nothing of them may travel with a refusal.
        return None


class Target:
    """What lxml calls for every start, text and end. Hands each finished record to `deliver` and keeps nothing.

    `line` is set by whoever feeds the parser; `events` counts the calls, so that he notices a token that never ends.
    """

    def __init__(self, deliver: Callable[[Draft], None]) -> None:
        self.line = 1
        self.events = 0
        self.started = False
        self.ended = False
        self._deliver = deliver
        self._path: list[Element] = []
        self._skipping = 0
        self._sections: set[str] = set()
        self._drafts: list[Draft] = []
        self._collected: list[str] = []
        self._length = 0

    def doctype(self, _name: str | None, _public: str | None, _system: str | None) -> None:
        """Called before anything in a DTD is looked at: neither entities nor external subsets ever come into being."""
        raise ImportRefused("doctype", line=self.line)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """One start tag. Attributes other than `key` and `eckid` of allow-listed elements are not looked at."""
        self.events += 1
        if len(self._path) + self._skipping >= MOST_DEPTH:
            raise ImportRefused("too_deep", line=self.line)
        element = self._allowed(tag)
        if element is None:
            self._skipping += 1
            return
        self._path.append(element)
        if element.role == "section":
            self._enter_section(tag)
        elif element.role == "text":
            self._collected, self._length = [], 0
        else:
            eckid = attributes.get("eckid") if element.role == "record" else None
            self._drafts.append(Draft(tag, self.line, attributes.get("key"), eckid))

    def data(self, text: str) -> None:
        """A piece of text; kept only directly inside an allow-listed text element."""
        self.events += 1
        if self._skipping or not self._path or self._path[-1].role != "text":
            return
        self._length += len(text)
        if self._length > _MOST_RAW_TEXT:
            raise ImportRefused("too_long", line=self.line)
        self._collected.append(text)

    def end(self, tag: str) -> None:
        """One end tag; the parser itself sees to it that it fits."""
        self.events += 1
        if self._skipping:
            self._skipping -= 1
            return
        element = self._path.pop()
        if element.role == "text":
            self._keep(tag, element)
        elif element.role == "link":
            link = self._drafts.pop()
            self._drafts[-1].links.append(link)
        elif element.role == "record":
            self._deliver(self._drafts.pop())
        self.ended = not self._path

    def close(self) -> None:
        """Called by the parser at the end, and also after an error: nothing to do."""

    def _allowed(self, tag: str) -> Element | None:
        """The element's entry on the allow-list, None where it is to be skipped."""
        if not self.started:
            self.started = True
            if tag != "EDEX":
                raise ImportRefused("not_edexml", line=self.line)
            return EDEX
        if self._skipping:
            return None
        if self._path[-1].role == "text":
            # A value with elements in it would be read differently by different readers.
            raise ImportRefused("mixed_content", line=self.line)
        return self._path[-1].children.get(tag)

    def _enter_section(self, tag: str) -> None:
        if self._drafts:
            return
        if tag in self._sections:
            raise ImportRefused("repeated", line=self.line, element=tag)
        self._sections.add(tag)

    def _keep(self, tag: str, element: Element) -> None:
        value = cleaned("".join(self._collected))
        self._collected = []
        if len(value) > element.limit:
            raise ImportRefused("too_long", line=self.line, element=tag)
        texts = self._drafts[-1].texts
        if tag in texts and not element.often:
            raise ImportRefused("repeated", line=self.line, element=tag)
        if value:
            texts.setdefault(tag, []).append(value)
