"""What the seeding wrote down: the secrets in the clear. The database has them sealed or hashed only, and the guide must show them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

FILE: Final = "notes.json"
SHAPE: Final = 5
"""Raised when these notes, or what the seeding leaves behind, change: an older demonstration is then made anew."""


@dataclass(frozen=True, slots=True)
class PupilNote:
    """A child whose secret is shown: four digits, or three pictures with commas."""

    person_id: int
    secret: str


@dataclass(frozen=True, slots=True)
class StaffNote:
    """A member of staff to sign in as. `about` is a key of the guide's texts, or empty."""

    person_id: int
    role: str
    about: str
    totp_secret: str | None


@dataclass(frozen=True, slots=True)
class NetworkNote:
    """Somebody of the network provider's: by what it calls the person, and the name on its page."""

    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class Notes:
    """One seeded demonstration. `people_from` is the generator's seed: who lives in this demonstration was decided by that number."""

    first_port: int
    people_from: int
    school_year: str
    school_id: int
    second_school_id: int
    password: str
    client_secrets: dict[str, str]
    las_key: str
    pupils: tuple[PupilNote, ...]
    staff: tuple[StaffNote, ...]
    network: tuple[NetworkNote, ...]

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The notes that `asdict` wrote. Raises `TypeError`, `KeyError`."""
        people = {
            "pupils": tuple(PupilNote(**note) for note in stored["pupils"]),
            "staff": tuple(StaffNote(**note) for note in stored["staff"]),
            "network": tuple(NetworkNote(**note) for note in stored["network"]),
        }
        return cls(**{**stored, **people})


def read(folder: Path, *, first_port: int) -> Notes | None:
    """The notes of a finished demonstration on these ports; None where it has to be made (anew)."""
    try:
        stored = json.loads((folder / FILE).read_text("utf-8"))
        if stored.pop("shape") != SHAPE:
            return None
        notes = Notes.from_json(stored)
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None
    # The parties registered addresses with these ports in them.
    return notes if notes.first_port == first_port else None


def write(folder: Path, notes: Notes) -> None:
    """Keeps the notes, whole or not at all: they also say that the seeding came to its end."""
    half = folder / f"{FILE}.new"
    half.write_text(json.dumps({"shape": SHAPE, **asdict(notes)}, indent=1), "utf-8")
    half.replace(folder / FILE)
