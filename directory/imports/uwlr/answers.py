"""Listens to an answer as it streams in: the envelope here, what lies inside to the allow-list of EDEXML's elements (D39).

UWLR puts EDEXML's elements into a namespace and the whole into a SOAP 1.1 envelope. Elements of another namespace, or of none, are passed on
under names that no allow-list has, so that they are skipped unread like everything else that is not ours to know.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from directory.imports.edexml_elements import MOST_DEPTH, Draft, Target
from directory.imports.refusals import ImportRefused
from directory.imports.uwlr.faults import Refused
from directory.imports.uwlr.questions import DATA, SOAP, Part

Outcome = Literal["data", "no-changes", "no-data"]

_ENVELOPE, _HEADER, _BODY, _FAULT = (f"{{{SOAP}}}{name}" for name in ("Envelope", "Header", "Body", "Fault"))
_DATA_TAG: Final = f"{{{DATA}}}"
_EMPTY: Final[dict[str, Outcome]] = {
    f"{_DATA_TAG}geenwijzigingen": "no-changes",
    f"{_DATA_TAG}geengegevens": "no-data",
}
_MOST_FAULT_TEXT: Final = 512


class AnswerTarget:
    """What the parser calls. `deliver` gets each finished record; afterwards `outcome` or `fault` is set, or this was no answer of UWLR.

    Raises `Refused` for anything that is no answer to a question about this part, `ImportRefused` for content that cannot be used.
    """

    def __init__(self, part: Part, deliver: Callable[[Draft], None]) -> None:
        self.events = 0
        self.outcome: Outcome | None = None
        self.fault: tuple[str, str] | None = None
        self._inner = Target(deliver)
        # The profile "smalle set" writes the staged answers with a capital, the full schema does not.
        self._answers = {f"{_DATA_TAG}{name}_antwoord" for name in (part, part.capitalize())}
        self._content = f"{_DATA_TAG}leerlinggegevens" + ("" if part == "leerlinggegevens" else f"-{part}")
        self._path: list[str] = []
        self._within = 0
        self._skipping = 0
        self._said: dict[str, str] = {}

    @property
    def line(self) -> int:
        """Where the stream is."""
        return self._inner.line

    @line.setter
    def line(self, number: int) -> None:
        self._inner.line = number

    @property
    def started(self) -> bool:
        """Whether the envelope began."""
        return self.events > 0

    @property
    def ended(self) -> bool:
        """Whether it was closed."""
        return self.started and not self._path

    def doctype(self, _name: str | None, _public: str | None, _system: str | None) -> None:
        """SOAP 1.1, 3: a message has no DTD; what has one is a web page, or worse."""
        raise Refused("not_uwlr")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """One start tag."""
        self.events += 1
        if self._within:
            self._within += 1
            self._inner.start(_inside(tag), attributes)
        elif self._skipping or not self._enter(tag):
            self._skipping += 1
            if self._skipping > MOST_DEPTH:
                raise ImportRefused("too_deep", line=self.line)

    def data(self, text: str) -> None:
        """A piece of text."""
        self.events += 1
        if self._within:
            self._inner.data(text)
        elif len(self._path) == 4 and self._path[2] == _FAULT and not self._skipping:
            name = _local(self._path[3])
            self._said[name] = (self._said[name] + text)[:_MOST_FAULT_TEXT]

    def end(self, tag: str) -> None:
        """One end tag."""
        self.events += 1
        if self._within:
            self._within -= 1
            self._inner.end("EDEX" if not self._within else _inside(tag))
            if self._within:
                return
            self._path.pop()
        elif self._skipping:
            self._skipping -= 1
        else:
            self._path.pop()
            if tag == _FAULT:
                self.fault = self._said.get("faultcode", ""), self._said.get("faultstring", "")

    def close(self) -> None:
        """Called by the parser at the end, and also after an error: nothing to do."""

    def _enter(self, tag: str) -> bool:
        """Takes one step down the envelope; False for what is to be skipped. Raises `Refused` where something else stands than an answer."""
        place = len(self._path)
        if place == 3 and self._path[2] != _FAULT:
            return self._begin_content(tag)
        if place >= 3:
            # SOAP 1.1, 4.4: the parts of a fault have no namespace; a system that gives them one means the same.
            entered = place == 3 and self._begin_fault_text(tag)
        elif tag in self._expected(place):
            entered = tag != _HEADER
        else:
            raise Refused("not_uwlr")
        if entered:
            self._path.append(tag)
        return entered

    def _expected(self, place: int) -> set[str]:
        """What may begin there: an envelope; in it header and body; in the body one answer or one fault."""
        if place == 0:
            return {_ENVELOPE}
        answered = self.outcome is not None or self.fault is not None
        if place == 1:
            return {_HEADER} if answered else {_HEADER, _BODY}
        return set() if answered else {_FAULT, *self._answers}

    def _begin_content(self, tag: str) -> bool:
        if self.outcome is not None or not (tag == self._content or tag in _EMPTY):
            raise Refused("not_uwlr")
        self.outcome = _EMPTY.get(tag, "data")
        self._path.append(tag)
        if tag == self._content:
            self._within = 1
            self._inner.start("EDEX", {})
        return True

    def _begin_fault_text(self, tag: str) -> bool:
        name = _local(tag)
        if name not in ("faultcode", "faultstring") or name in self._said:
            return False
        self._said[name] = ""
        return True


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _inside(tag: str) -> str:
    return tag.removeprefix(_DATA_TAG) if tag.startswith(_DATA_TAG) else f"other {tag}"
