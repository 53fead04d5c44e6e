"""Our side: the product in production settings, filled only through its documented commands.

The one setting that is not production's is the password hash: its cost is a dial (D1), so the server runs with it turned
down to nothing and what remains is the sign-in itself; the yardstick shows what the hash costs at its default.
"""

import asyncio
import contextlib
import itertools
import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lxml import etree

from bench import oidc, processes, saml, upstream
from bench.certificates import self_signed
from bench.client import Browser, Headers
from bench.journeys import Answers, nth, sign_in
from bench.load import Operation, Subject, WrongAnswerError, fetch
from bench.target import Target, until_ready
from idp.core.clock import school_year, utc_now
from idp.demo.generator import write_school
from tests.servers import free_port, postgres_server, valkey_server

IDP = Path(sys.executable).with_name("idp")
ROOT = Path(__file__).parents[1]  # what is measured is the tree that measures, wherever the environment was made for
BRIN = "99XX"
AT_SCHOOL = [("X-Forwarded-For", "192.0.2.7")]  # what the trusted proxy in front of a real installation says
ELSEWHERE = [("X-Forwarded-For", "198.51.100.7")]
GROUP, PIN = "Groep 8", "4711"
YOUNG_GROUP, PICKED = "Groep 3A", "tree,boat,apple"
CARDS = 8  # as many as virtual persons come at once
STAFF = [f"teacher{n}@school.example" for n in range(4)]
PASSWORD = "Correct-Horse-7-Battery"
HASH_FOR_NOTHING = {"IDP_ARGON2_MEMORY_KIB": "8", "IDP_ARGON2_PASSES": "1"}
CLIENT: dict[str, Any] = {
    "client_id": "bench",
    "client_secret": secrets.token_urlsafe(32),
    "client_name": "Measured publisher",
    "redirect_uris": [oidc.REDIRECT_URI],
    "initiate_login_uri": upstream.BEGIN,
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "client_secret_basic",
    "id_token_signed_response_alg": "RS256",
    "scope": "openid profile email",
}
CLIENT_ES256 = CLIENT | {"client_id": "bench-es256", "id_token_signed_response_alg": "ES256"}
REFRESHING = CLIENT_ES256 | {"client_id": "bench-refresh", "grant_types": ["authorization_code", "refresh_token"]}
SERVER = {
    "client_id": "bench-data",
    "client_secret": CLIENT["client_secret"],
    "client_name": "Measured server",
    "grant_types": ["client_credentials"],
    "scope": "data.schools",
}
DOCUMENTS = ("jwks", "discovery", "saml_metadata")
SERVERS_KEYS = (
    "oidc_sso_rs256_pg",
    "oidc_sso_es256_pg",
    "saml_sso_rsa_pg",
    "saml_sso_encrypted_pg",
    "token_refresh",
    "token_cc",
    "introspect",
    "pupil_pin_pg",
    "pupil_picture_pg",
    "pupil_qr_pg",
    "staff_login_nohash_pg",
    "federated_saml_to_oidc",
    "upstream_acs",
    *DOCUMENTS,
)
EMBEDDED_KEYS = ("oidc_sso_rs256_embedded",)
SETTLES_WITHIN = 1.5  # seconds after the first answer


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the product runs in this pass, with which settings, and whose processor time counts beside its own."""

    folder: Path
    origin: str
    settings: Mapping[str, str]
    servers: Sequence[int] = ()
    instelling_ref: str = ""
    saml_key: bytes = b""
    cards: Sequence[str] = ()
    network: upstream.Provider | None = None
    network_number: int = 0

    @property
    def log(self) -> Path:
        return self.folder / "serve.log"

    def idp(self, *words: str, stdin: str = "") -> str:
        """Runs one command of the product to its end; what it prints."""
        done = subprocess.run(
            [IDP, *words], env=os.environ | self.settings, cwd=self.folder, input=stdin, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"idp {' '.join(words[:2])} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout


@contextlib.asynccontextmanager
async def with_servers(folder: Path) -> AsyncIterator[Target]:
    """One worker on PostgreSQL (fsync on) and an append-only Valkey (D44)."""
    with contextlib.ExitStack() as stack:
        with processes.on_core(processes.SERVER_CORE):
            database = stack.enter_context(postgres_server(fsync=True))
            store = stack.enter_context(valkey_server(append_only=True))
        storage = {"IDP_DATABASE_URL": database.url, "IDP_REDIS_URL": store.url}
        place = filled(installation(folder, storage, servers=(*database.pids, *store.pids)))
        async with serving(place) as (pids, facts):
            yield Target("poortwachter", await subjects(place, pids, suffix="_pg"), place.log, facts)


@contextlib.asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Target]:
    """One worker on its SQLite file and the store in its own memory."""
    place = filled(installation(folder, {"IDP_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/poortwachter.sqlite"}))
    async with serving(place) as (pids, _):
        yield Target("poortwachter", await subjects(place, pids, suffix="_embedded"), place.log)


def installation(folder: Path, storage: Mapping[str, str], *, servers: Sequence[int] = ()) -> Installation:
    """Production settings on this storage, and nothing in it yet."""
    origin = f"http://127.0.0.1:{free_port()}"
    settings = {
        "IDP_BASE_URL": origin,
        "IDP_SECRET_KEY": secrets.token_urlsafe(32),
        "IDP_SMTP_URL": "smtp://127.0.0.1:9",  # nothing measured sends mail
        "IDP_TRUSTED_PROXIES": "127.0.0.0/8",
        "PYTHONPATH": str(ROOT),
        **HASH_FOR_NOTHING,
        **storage,
    }
    return Installation(folder, origin, settings, servers)


def filled(place: Installation) -> Installation:
    """A school of the usual size with its people, one publisher over OIDC and one over SAML, and the school's yes."""
    place.idp("migrate")
    file = place.folder / "school.xml"
    with file.open("wb") as out:
        write_school(out, seed=1, school_year=school_year(utc_now()), brin=BRIN)
    place.idp("schools", "add", "--brin", BRIN, "--name", "Measured school")
    place.idp("schools", "import", str(file), "--apply")
    place.idp("schools", "add-ip", "--school", BRIN, AT_SCHOOL[0][1])
    with ThreadPoolExecutor(os.cpu_count()) as at_once:
        young = _pupils_of(file, YOUNG_GROUP)
        for group, *secret in ((GROUP, "--pin", PIN), (YOUNG_GROUP, "--pictures", PICKED)):
            given = ["people", "set-secret", "--school", BRIN, *secret, "--pupil-key"]
            list(at_once.map(lambda key, given=given: place.idp(*given, key), _pupils_of(file, group)))
        card = ["people", "card", "--school", BRIN, "--pupil-key"]
        cards = [code.strip() for code in at_once.map(lambda key: place.idp(*card, key), young[:CARDS])]
    for email in STAFF:
        person = ["--school", BRIN, "--email", email, "--role", "teacher"]
        place.idp("people", "add-staff", *person, "--password-stdin", stdin=PASSWORD + "\n")
    school = json.loads(place.idp("schools", "show", BRIN, "--json"))
    (place.folder / "client.json").write_text(json.dumps(CLIENT))
    (place.folder / "sp.xml").write_text(saml.METADATA)
    for add, document, known_as in (
        ("add-oidc", "client.json", CLIENT["client_id"]),
        ("add-saml", "sp.xml", saml.ENTITY_ID),
    ):
        place.idp("parties", add, str(place.folder / document), "--name", f"Measured by {add}", "--kind", "publisher")
        place.idp("consent", "give", "--school", BRIN, "--party", str(known_as), "--request", "bench")
    for other, *belongs in (
        (CLIENT_ES256, "--party", CLIENT["client_id"]),
        (REFRESHING, "--party", CLIENT["client_id"]),
        (SERVER, "--kind", "publisher"),
    ):
        file = place.folder / f"{other['client_id']}.json"
        file.write_text(json.dumps(other))
        place.idp("parties", "add-oidc", str(file), *belongs)
    key, certificate = self_signed()
    (place.folder / "sp2.xml").write_text(saml.metadata(saml.ENCRYPTED_ENTITY_ID, encryption_certificate=certificate))
    place.idp("parties", "add-saml", str(place.folder / "sp2.xml"), "--party", saml.ENTITY_ID)
    place = replace(place, instelling_ref=school["instelling_ref"], saml_key=key, cards=cards)
    return _with_network(place, _pupils_of(place.folder / "school.xml", GROUP)[:CARDS])


def _with_network(place: Installation, pupils: Sequence[str]) -> Installation:
    """A network provider that the school uses and that knows some pupils, and a lesson to which its tiles lead."""
    network = upstream.made(len(pupils))
    (place.folder / "network.xml").write_bytes(network.metadata)
    add = ["upstreams", "add-saml", str(place.folder / "network.xml"), "--name", "Measured network", "--school", BRIN]
    number = json.loads(place.idp(*add, "--request", "bench", "--json"))["upstream"]
    for words in upstream.links(pupils, number, BRIN):
        place.idp(*words)
    place.idp("parties", "add-target", CLIENT["client_id"], upstream.LESSON)
    return replace(place, network=network, network_number=number)


def _pupils_of(file: Path, group: str) -> list[str]:
    """The administration's keys of the children in one group of an EDEXML file."""
    root = etree.parse(file).getroot()
    (found,) = (g.get("key") for g in root.iterfind(".//groepen/groep") if g.findtext("naam") == group)
    pupils = root.iterfind(".//leerlingen/leerling")
    return [pupil.get("key", "") for pupil in pupils if pupil.find(f"groep[@key='{found}']") is not None]


@contextlib.asynccontextmanager
async def serving(place: Installation) -> AsyncIterator[tuple[Sequence[int], Mapping[str, float]]]:
    """One worker of `idp serve`; the processes to count, and what a cold start takes and an idle worker weighs."""
    port = place.origin.rpartition(":")[2]
    command: list[str | Path] = [IDP, "serve", "--host", "127.0.0.1", "--port", port, "--workers", "1"]
    server = processes.spawn(command, log=place.log, env=place.settings)
    try:
        cold_start = await until_ready(place.origin, oidc.DISCOVERY, server, log=place.log)
        await asyncio.sleep(SETTLES_WITHIN)
        facts = {"idle_mib": processes.memory_mib([server.pid]), "cold_start_s": round(cold_start, 2)}
        yield (server.pid, *place.servers), facts
    finally:
        processes.end([server])


def _children(place: Installation) -> tuple[Operation, Operation, Operation]:
    """By PIN, by pictures, by card."""
    turn = itertools.count()

    async def pupil(browser: Browser) -> None:
        await child(browser, {"group": GROUP, "child": nth(next(turn)), "pin": PIN})

    async def picture(browser: Browser) -> None:
        # With a script the three taps are one answer.
        await child(browser, {"group": YOUNG_GROUP, "child": nth(next(turn)), "picked": PICKED})

    async def card(browser: Browser) -> None:
        await child(browser, {"instead": "card", "card": place.cards[next(turn) % len(place.cards)]})

    async def child(browser: Browser, answers: Answers) -> None:
        browser.jar.forget()
        shortcut = f"{place.origin}/login/leerlingen/snelkoppelaar?INSTELLING_REF={place.instelling_ref}"
        answer = await sign_in(browser, shortcut, answers)
        if answer.status != 200 or "/signin/" in answer.url:
            raise WrongAnswerError("pupil sign-in", answer)

    return pupil, picture, card


async def subjects(place: Installation, pids: Sequence[int], *, suffix: str) -> dict[str, Subject]:
    """What can be measured there, by key."""
    rp = await oidc.register(place.origin, CLIENT["client_id"], CLIENT["client_secret"], scope="openid profile email")
    rp_es256 = replace(rp, client_id=CLIENT_ES256["client_id"], alg="ES256")
    tokens = oidc.Tokens(replace(rp_es256, client_id=REFRESHING["client_id"]))
    sp = await saml.register(place.origin, f"{place.origin}/saml/metadata")
    turn = itertools.count()
    pupil, picture, card = _children(place)

    async def staff(browser: Browser) -> None:
        browser.jar.forget()
        answers: Answers = {
            "way": "staff",
            "email": STAFF[next(turn) % len(STAFF)],
            "password": PASSWORD,
            "terms": nth(0),
        }
        answer = await sign_in(browser, oidc.request(rp).url, answers, until=oidc.REDIRECT_URI)
        if "code=" not in answer.header("location"):
            raise WrongAnswerError("staff sign-in", answer)

    async def signed_on(browser: Browser) -> None:
        await pupil(browser)
        await tokens.fetch(browser)

    named = f"NETWERKBEHEERDER={place.network_number}&INSTELLING_REF={place.instelling_ref}"
    shortcut = f"{place.origin}/login/snelkoppelaar?{named}&TARGET={quote(upstream.LESSON, safe='')}"
    network = place.network or upstream.made(0)
    encrypted = replace(sp, entity_id=saml.ENCRYPTED_ENTITY_ID, key=place.saml_key)

    def subject(operation: Operation, prepare: Operation | None = None, *, headers: Headers = AT_SCHOOL) -> Subject:
        return Subject(place.origin, operation, pids, prepare, headers)

    return {
        f"oidc_sso_rs256{suffix}": subject(partial(oidc.sso, rp), pupil),
        f"oidc_sso_es256{suffix}": subject(partial(oidc.sso, rp_es256), pupil),
        f"saml_sso_rsa{suffix}": subject(partial(saml.sso, sp), pupil),
        f"saml_sso_encrypted{suffix}": subject(partial(saml.sso, encrypted), pupil),
        "token_refresh": subject(tokens.refresh, signed_on),
        "token_cc": subject(partial(oidc.for_itself, replace(rp, client_id=SERVER["client_id"]))),
        "introspect": subject(tokens.introspect, signed_on),
        f"pupil_pin{suffix}": subject(pupil),
        f"pupil_picture{suffix}": subject(picture),
        f"pupil_qr{suffix}": subject(card),
        f"staff_login_nohash{suffix}": subject(staff, headers=ELSEWHERE),
        "federated_saml_to_oidc": subject(upstream.federated(network, rp, place.origin, shortcut)),
        # What is measured is this process itself: nothing is asked of the server.
        "upstream_acs": replace(subject(upstream.verification()), pids=(os.getpid(),)),
        "jwks": subject(fetch(rp.provider["jwks_uri"])),
        "discovery": subject(fetch(place.origin + oidc.DISCOVERY)),
        "saml_metadata": subject(fetch(f"{place.origin}/saml/metadata")),
    }
