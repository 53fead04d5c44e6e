"""How people are named on a page, and in which order (D22).

Shown as *roepnaam tussenvoegsel achternaam*. On a pick list a child is its roepnaam, and only where that is not enough the shortest
addition that tells it apart: "Noor B." and "Noor v.d. B.". Nothing here decides who may see what.
"""

import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Named(Generic[Id]):
    """Somebody with a name. `prefix` is the tussenvoegsel."""

    id: Id
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)


def full_name(first_name: str | None, prefix: str | None, surname: str | None) -> str:
    """*roepnaam tussenvoegsel achternaam*, without what is absent."""
    return _spaced(first_name, family_name(prefix, surname))


def family_name(prefix: str | None, surname: str | None) -> str | None:
    """The surname with its tussenvoegsel (`family_name` of a release); None without a surname."""
    if not surname:
        return None
    if not prefix:
        return surname
    # d'Hondt, l'Ami: an elided tussenvoegsel leans on what follows; 't and 's do not.
    return prefix + surname if prefix.endswith(("'", "’")) else f"{prefix} {surname}"


def child_order(first_name: str | None, prefix: str | None, surname: str | None) -> tuple[str, ...]:
    """Sort key among children: roepnaam, then surname; capitals and accents count only where all else is the same."""
    return _folded(first_name), _folded(surname), _folded(prefix), first_name or "", surname or "", prefix or ""


def staff_order(first_name: str | None, prefix: str | None, surname: str | None) -> tuple[str, ...]:
    """Sort key among staff: surname without tussenvoegsel, then tussenvoegsel, then roepnaam."""
    return _folded(surname), _folded(prefix), _folded(first_name), surname or "", prefix or "", first_name or ""


def display_names(people: Iterable[Named[Id]]) -> dict[Id, str]:
    """A short label for everybody in one group, in the given order.

    Labels differ wherever full names differ, also for an eye that overlooks capitals and accents as long as the names allow it.
    Somebody without a roepnaam is shown by initials: before the secret no surname is spelled out without need (D24).
    """
    everybody = list(people)
    looks = {person.id: _looks(person.first_name) for person in everybody if person.first_name}
    often = Counter(looks.values())
    # Most children are alone with their roepnaam, and every child passes here three times a morning: they need no ladder.
    alone = {key for key, look in looks.items() if often[look] == 1}
    labels = _told_apart([person for person in everybody if person.id not in alone])
    taken = {_looks(label) for label in labels.values()}
    if any(looks[key] in taken for key in alone):
        labels = _told_apart(everybody)
    return {person.id: labels.get(person.id) or person.first_name or "" for person in everybody}


def display_name(own: Named[Id], others: Sequence[Named[Id]]) -> str:
    """What `display_names` of all of them says of one."""
    looks = [_looks(other.first_name or "") for other in others]
    look = _looks(own.first_name or "")
    # Who has one word for a roepnaam, among others who have, is only mistaken for who shares it.
    if not all(each and " " not in each for each in (look, *looks)):
        return display_names([own, *others])[own.id]
    return _told_apart([own, *(other for other, each in zip(others, looks, strict=True) if each == look)])[own.id]


def _told_apart(people: Sequence[Named[Id]]) -> dict[Id, str]:
    ladders = {person.id: _ladder(person) for person in people}
    labels: dict[Id, str] = {}
    looks: dict[Id, str] = {}
    climbed = {key: next(ladder) for key, ladder in ladders.items()}
    while True:
        labels |= climbed
        looks |= {key: _looks(label) for key, label in climbed.items()}
        seen = Counter(looks.values())
        higher = {key: next(ladders[key], None) for key, look in looks.items() if seen[look] > 1}
        climbed = {key: label for key, label in higher.items() if label is not None}
        if not climbed:
            return labels


def _ladder(person: Named[Id]) -> Iterator[str]:
    """Ever longer labels, from the roepnaam to the full name.

    Who has no tussenvoegsel waits one rung for those who have: next to "Noor v.d. B.", "Noor B." is long enough.
    """
    first = person.first_name or ""
    if first:
        yield first
    if letters := _letters(person.surname or ""):
        prefix = _short_prefix(person.prefix)
        capital = next((place for place, letter in enumerate(letters) if letter[0].isupper()), 0)
        initial = letters[capital].upper() + "."
        yield _spaced(first, initial)
        yield _spaced(first, family_name(prefix, initial))
        for length in range(capital + 2, len(letters)):
            yield _spaced(first, family_name(prefix, "".join(letters[:length]) + "."))
    yield full_name(person.first_name, person.prefix, person.surname)


def _short_prefix(prefix: str | None) -> str:
    """`van der` as `v.d.`, `van 't` as `v.'t`; an elided word stays as it is."""
    words = (prefix or "").split()
    return "".join(
        word if word.startswith(("'", "’")) or word.endswith(("'", "’")) else word[0] + "." for word in words
    )


def _spaced(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _letters(text: str) -> list[str]:
    """The letters as a reader counts them: accents belong to their letter, and IJ at the beginning is one."""
    if text.isascii():
        return ["IJ", *text[2:]] if text.startswith("IJ") else list(text)
    letters: list[str] = []
    for char in text:
        if letters and (unicodedata.combining(char) or (letters == ["I"] and char == "J")):
            letters[-1] += char
        else:
            letters.append(char)
    return letters


def _looks(label: str) -> str:
    """What a quick eye sees of a label."""
    plain = label.casefold()
    return (plain if plain.isascii() else _folded(label)).replace(".", "")


def _folded(text: str | None) -> str:
    """Without capitals and accents: what sorts and looks the same."""
    plain = (text or "").casefold()
    if plain.isascii():
        return plain
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(char for char in plain if not unicodedata.combining(char))
