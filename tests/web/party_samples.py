"""The pages of the test environment in each of their states; the party and its people are made up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace as Thing
from typing import Any, Final

from directory.reference.changing import YEAR_GROUPS, Wanted
from directory.roles import ROLES
from idp.web.party.connection import OVERLAPS
from metadata.client_changes import LISTS, SINGLE

Context = Mapping[str, Any]
AT: Final = datetime(2026, 11, 23, 8, 40, tzinfo=UTC)
BASE: Final = "/party/12"
OF_PARTY: Final[Context] = {
    "party": None,
    "lang_switch_url": "/language/en?to=%2Fparty%2F12",
    "party_name": "Uitgeverij Rekenrijk",
    "base": BASE,
    "nouns": [
        ("start", BASE, "today"),
        ("connections", f"{BASE}/connections", "key"),
        ("people", f"{BASE}/people", "person"),
        ("exchanges", f"{BASE}/exchanges", "reorganisations"),
        ("check", f"{BASE}/check", "shield"),
    ],
    "ticket": "t0",
    "done": None,
    "error": None,
    "told": None,
    "values": {},
}
OIDC: Final = {
    "protocol": "oidc",
    "name": "4f7d0c2e-3a55-4b5e-9a1f-0d9c7c0a4b11",
    "enabled": True,
    "addresses": (
        "https://mijn.rekenrijk.example/inloggen/terug",
        "https://acceptatie.rekenrijk.example/inloggen/terug",
    ),
    "copied": [
        ("issuer", "https://inloggen.example"),
        ("discovery", "https://inloggen.example/.well-known/openid-configuration"),
    ],
    "details": [
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("scope", "openid profile eckid school groups roles email"),
        ("id_token_signed_response_alg", "RS256"),
    ],
    "proves": "secret",
    "begins": {"kind": "own", "url": "https://mijn.rekenrijk.example/begin?iss=https%3A%2F%2Finloggen.example"},
}
SAML: Final = {
    "protocol": "saml",
    "name": "https://mijn.rekenrijk.example/saml/metadata",
    "enabled": False,
    "addresses": ("https://mijn.rekenrijk.example/saml/acs",),
    "copied": [("metadata", "https://inloggen.example/saml/metadata")],
    "details": [("name_id", "pairwise"), ("dialect", "uri"), ("alg", "RS256")],
    "proves": None,
    "begins": None,
}
GOOD: Final = {
    "name": "0123456789abcdef",
    "at": AT,
    "connection": OIDC["name"],
    "road": ["authorize", "token", "userinfo"],
    "tone": "good",
    "what": "Alles klopt: gevraagd, ingewisseld en UserInfo gelezen.",
}
WRONG: Final = {
    **GOOD,
    "name": "fedcba9876543210",
    "road": ["authorize", "token"],
    "tone": "wrong",
    "what": "De code_verifier hoort niet bij de code_challenge van dit verzoek.",
}
MIND: Final = {
    **GOOD,
    "name": "00ff00ff00ff00ff",
    "road": ["authorize"],
    "tone": "advice",
    "what": "Er was geen nonce.",
}
ZOE: Final = Thing(
    person_id=7,
    kind="pupil",
    name="Zoë van der Referentie",
    groups=("Groep 6",),
    roles=(),
    has_eckid=True,
    has_mail=False,
)
SEM: Final = Thing(**{**vars(ZOE), "person_id": 8, "name": "Sem Referentie", "groups": (), "has_eckid": False})
ROBIN: Final = Thing(
    **{
        **vars(ZOE),
        "person_id": 9,
        "kind": "staff",
        "name": "Robin de Referentie",
        "roles": ("teacher", "ib"),
        "has_mail": True,
    }
)
KIM: Final = Thing(
    **{**vars(ROBIN), "person_id": 10, "name": "Kim Referentie", "groups": (), "roles": (), "has_mail": False}
)
PEOPLE: Final = [ZOE, SEM, ROBIN, KIM]
SCHOOL: Final = {
    "name": "Referentieschool Uitgeverij Rekenrijk",
    "code": "97AA01",
    "instelling_ref": "3f1b6a2e-8f0e-4b0a-9a75-52f4f8f0c111",
}
STEPS: Final = [
    {
        "endpoint": "authorize",
        "at": AT,
        "wrong": False,
        "asked": [
            ("response_type", "code", False),
            ("redirect_uri", "https://mijn.rekenrijk.example/inloggen/terug", False),
            ("scope", "openid profile eckid school groups roles email", False),
            ("state", "22", True),
            ("code_challenge_method", "S256", False),
        ],
        "answered": [("code", "✓", False), ("iss", "✓", False)],
    },
    {
        "endpoint": "token",
        "at": AT,
        "wrong": True,
        "asked": [("grant_type", "authorization_code", False), ("code_verifier", "43", True)],
        "answered": [
            ("error", "invalid_grant", False),
            ("error_description", "age, redirect_uri or code_verifier do not fit the code", False),
        ],
    },
    {"endpoint": "userinfo", "at": AT, "wrong": False, "asked": [], "answered": [("claims.name", "Zoë", False)]},
]
FINDINGS: Final = [
    {
        "tone": "wrong",
        "what": WRONG["what"],
        "mend": "Gebruik per inlogpoging één verifier en bewaar die per browser.",
        "clause": "RFC 7636 4.6",
    },
    {"tone": "advice", "what": "Er was geen nonce.", "mend": "Stuur een nonce mee.", "clause": "OIDC Core 15.5.2"},
    {"tone": "good", "what": GOOD["what"], "mend": "U bent gekoppeld.", "clause": "OIDC Core 3.1"},
]
LINES: Final = [
    Thing(verdict="passed", what="Elk verzoek heeft PKCE met S256.", mend="", clause="RFC 7636; RFC 9700 2.1.1"),
    Thing(verdict="failed", what="Elk verzoek heeft een nonce.", mend="", clause="OIDC Core 3.1.2.1, 15.5.2"),
    Thing(
        verdict="open",
        what="Een antwoord met een andere iss wordt geweigerd.",
        mend="Log in met de proef 'verkeerde afzender'.",
        clause="RFC 9207 2.4",
    ),
]
START: Final[Context] = {
    **OF_PARTY,
    "at": "start",
    "tested": True,
    "connections": [OIDC, SAML],
    "newest": None,
    "asked_of": "helpdesk@poortwachter.example",
}
PERSON: Final[Context] = {
    **OF_PARTY,
    "at": "people",
    "one": ZOE,
    "wanted": Wanted("Zoë", "van der", "6", "Groep 6", has_eckid=True),
    "groups": ["Groep 3", "Groep 6"],
    "year_groups": YEAR_GROUPS,
    "roles": ROLES,
}

ADDRESSES: Final[Context] = {
    **OF_PARTY,
    "at": "connections",
    "told": None,
    "one": {"id": 3, "protocol": "oidc", "name": OIDC["name"]},
    "here": f"{BASE}/clients/3/addresses",
    "typed": {
        "redirect_uris": "https://mijn.rekenrijk.example/inloggen/terug\nhttps://acceptatie.rekenrijk.example/inloggen/terug",
        "post_logout_redirect_uris": "https://mijn.rekenrijk.example/klaar",
        "initiate_login_uri": "",
        "backchannel_logout_uri": "https://mijn.rekenrijk.example/uitgelogd",
        "frontchannel_logout_uri": "",
    },
    "lists": LISTS,
    "single": SINGLE,
    "at_once": True,
}
CONNECTIONS: Final = [
    {**OIDC, "id": 3, "secret": True, "former_until": AT, "source": None, "waits_since": None},
    {**SAML, "id": 4, "secret": False, "former_until": None, "source": None, "waits_since": AT},
    {
        **SAML,
        "id": 5,
        "secret": False,
        "former_until": None,
        "source": "https://federatie.example/md",
        "waits_since": None,
    },
]

PARTY_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "party/start.html": {
        "first": START,
        "seen": {
            **START,
            "newest": WRONG,
            "connections": [{**OIDC, "begins": {"kind": "made", "url": "/oidc/authorize"}}],
        },
        "good": {**START, "newest": GOOD, "connections": [SAML]},
        "closed": {**START, "tested": False, "nouns": OF_PARTY["nouns"][:2]},
    },
    "party/connections.html": {
        "some": {**OF_PARTY, "at": "connections", "connections": CONNECTIONS, "done": "party.done.proposed"},
    },
    "party/secret.html": {
        "form": {
            **OF_PARTY,
            "at": "connections",
            "name": OIDC["name"],
            "here": f"{BASE}/clients/3/secret",
            "version": 2,
            "overlaps": OVERLAPS,
            "overlap": 1,
            "error": "party.secret.meanwhile",
        },
    },
    "party/secret_shown.html": {
        "overlap": {
            **OF_PARTY,
            "at": "connections",
            "name": OIDC["name"],
            "secret": "made-up-" * 5,
            "former_until": AT,
        },
        "at_once": {
            **OF_PARTY,
            "at": "connections",
            "name": "rekenrijk",
            "secret": "made-up-" * 5,
            "former_until": None,
        },
    },
    "party/addresses.html": {
        "client": ADDRESSES,
        "wrong": {
            **ADDRESSES,
            "at_once": False,
            "error": "party.addresses.because.not_https",
            "told": "http://mijn.rekenrijk.example/terug",
        },
        "metadata": {
            **ADDRESSES,
            "at_once": False,
            "one": {"id": 4, "protocol": "saml", "name": SAML["name"]},
            "typed": {},
        },
    },
    "party/people.html": {
        "yes": {
            **OF_PARTY,
            "at": "people",
            "people": PEOPLE,
            "school": SCHOOL,
            "ticked": True,
            "done": "party.done.person",
        },
        "no": {**OF_PARTY, "at": "people", "people": PEOPLE, "school": SCHOOL, "ticked": False},
    },
    "party/person.html": {
        "pupil": PERSON,
        "staff": {
            **PERSON,
            "one": ROBIN,
            "wanted": Wanted("Robin", "de", None, "Groep 6", frozenset({"teacher"})),
            "error": "party.person.wrong",
        },
    },
    "party/exchanges.html": {
        "some": {**OF_PARTY, "at": "exchanges", "exchanges": [GOOD, WRONG, MIND], "most": 10},
        "none": {**OF_PARTY, "at": "exchanges", "exchanges": [], "most": 10},
    },
    "party/exchange.html": {
        "wrong": {**OF_PARTY, "at": "exchanges", "one": WRONG, "steps": STEPS, "findings": FINDINGS},
    },
    "party/check.html": {
        "lines": {
            **OF_PARTY,
            "at": "check",
            "lists": [{"name": OIDC["name"], "protocol": "oidc", "lines": LINES}],
            "tries": True,
        },
    },
}
