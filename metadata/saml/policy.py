"""How a SAML party is answered: what an operator decided about one connection, beside what its own metadata says."""

from dataclasses import dataclass
from typing import Literal

NameIdPolicy = Literal["transient", "pairwise", "eckid"]
Dialect = Literal["uri", "entree"]
XmlAlg = Literal["RS256", "ES256"]


@dataclass(frozen=True, slots=True)
class Policy:
    """`name_id` counts where neither the request nor the metadata names a format; `dialect` is how attributes are called (D32).

    `alg` says which of our keys signs. `encrypts`: an assertion is encrypted where the metadata hold a key for it (C-219). `unsolicited`: the party
    takes answers that it did not ask for, about registered targets only (C-234, D36).
    """

    name_id: NameIdPolicy = "transient"
    dialect: Dialect = "uri"
    alg: XmlAlg = "RS256"
    encrypts: bool = True
    unsolicited: bool = False


USUAL = Policy()
