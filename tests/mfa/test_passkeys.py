"""Passkeys as rules: what a page asks, which answers prove one, the counter, the owner (WebAuthn Level 3, 7.1 and 7.2; C-322)."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from directory.models import Person
from mfa import ceremony, challenges, factors, passkeys
from mfa.ceremony import NotProven
from mfa.models import Passkey as Row
from tests.authenticator import BACKED_UP, ELIGIBLE, PRESENT, VERIFIED, Passkey
from tests.house import BASE, House
from tests.journeys.passkeys import PLACE, has_passkey

ASKED = json.dumps(ceremony.to_make(PLACE, b"c" * 37, handle=b"h" * 32, account="juf", called="Juf", known=()))
PROVE = json.dumps(ceremony.to_prove(PLACE, b"c" * 37))
SIGNER = Passkey(BASE, ed25519.Ed25519PrivateKey.generate())
MADE = SIGNER.make(ASKED)
NEW = ceremony.verify_new(PLACE, MADE, ceremony.read(MADE))
PROOF = SIGNER.prove(PROVE)
"""Of one length each time."""


@pytest.mark.parametrize(
    ("base_url", "rp_id"),
    [
        ("https://inloggen.example", "inloggen.example"),
        ("https://inloggen.example:8443", "inloggen.example"),
        ("http://localhost:8000", "localhost"),
        ("http://127.0.0.1:8000", None),
        ("https://192.0.2.7", None),
        ("http://inloggen.example", None),
    ],
)
def test_where_passkeys_work(base_url: str, rp_id: str | None) -> None:
    place = ceremony.place_of(base_url)
    assert (place.rp_id if place else None) == rp_id
    assert place is None or place.origin == base_url


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ],
    ids=["ES256", "EdDSA", "RS256"],
)
def test_three_algorithms_are_made_and_proven(key: Any) -> None:
    mine = Passkey(BASE, key)
    told = mine.make(ASKED)
    new = ceremony.verify_new(PLACE, told, ceremony.read(told))
    assert (new.credential_id, new.sign_count, new.transports) == (mine.credential_id, 0, ("internal",))
    assert (new.synced, new.backed_up) == (False, False)
    proof = mine.prove(PROVE)
    signed = ceremony.verify_proof(
        PLACE, proof, ceremony.read(proof), public_key=new.public_key, handle=mine.handle or b""
    )
    assert (signed.sign_count, signed.backed_up) == (0, False)


@pytest.mark.parametrize("told", [5, True, {"usb": 1}, "usb", None], ids=str)
def test_ways_to_a_passkey_that_are_no_list_are_none(told: Any) -> None:
    answer = json.loads(Passkey(BASE).make(ASKED))
    answer["response"]["transports"] = told
    text = json.dumps(answer)
    with contextlib.suppress(NotProven):
        assert ceremony.verify_new(PLACE, text, ceremony.read(text)).transports == ()


def test_a_passkey_of_a_vault_is_told_apart() -> None:
    told = Passkey(BASE, flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP).make(ASKED)
    new = ceremony.verify_new(PLACE, told, ceremony.read(told))
    assert (new.synced, new.backed_up) == (True, True)


def test_what_the_browser_is_asked() -> None:
    known = [ceremony.Known(b"\x01\x02", ("usb",)), ceremony.Known(b"\x03", ())]
    asked = ceremony.to_make(PLACE, b"x" * 37, handle=b"h" * 32, account="juf@x.example", called="", known=known)
    assert [one["alg"] for one in asked["pubKeyCredParams"]] == [-7, -8, -257]
    assert [one["id"] for one in asked["excludeCredentials"]] == ["AQI", "Aw"]
    assert asked["authenticatorSelection"] == {"residentKey": "preferred", "userVerification": "required"}
    assert (asked["attestation"], asked["rp"]["id"]) == ("none", "inloggen.example")
    prove = ceremony.to_prove(PLACE, b"x" * 37, known=known)
    assert prove["allowCredentials"][0]["transports"] == ["usb"]
    assert prove["userVerification"] == "required"


LIES: dict[str, Callable[[Passkey], str]] = {
    "another origin": lambda p: p.but(origin="https://inloggen.example.evil.example").make(ASKED),
    "the same host on another port": lambda p: p.but(origin=BASE + ":8443").make(ASKED),
    "another relying party": lambda p: p.but(rp_id="example").make(ASKED),
    "nobody verified": lambda p: p.but(flags=PRESENT).make(ASKED),
    "nobody present": lambda p: p.but(flags=VERIFIED).make(ASKED),
    "inside a frame": lambda p: p.but(cross_origin=True).make(ASKED),
    "inside a frame of another site": lambda p: p.make(ASKED, topOrigin="https://evil.example"),
    "a proof instead": lambda p: p.make(ASKED, type="webauthn.get"),
    "backed up and never eligible": lambda p: p.but(flags=PRESENT | VERIFIED | BACKED_UP).make(ASKED),
    "an algorithm nobody asked for": lambda p: p.but(alg=-35).make(ASKED),
}


@pytest.mark.parametrize("lie", LIES)
def test_no_such_passkey_is_made(lie: str) -> None:
    told = LIES[lie](Passkey(BASE))
    with pytest.raises(NotProven):
        ceremony.verify_new(PLACE, told, ceremony.read(told))


@given(
    st.text(max_size=200)
    | st.recursive(st.none() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)).map(json.dumps)
)
def test_whatever_is_sent_proves_nothing(text: str) -> None:
    with pytest.raises(NotProven):
        ceremony.read(text)


@given(st.data())
def test_a_changed_answer_proves_nothing_and_breaks_nothing(data: st.DataObject) -> None:
    answer = json.loads(PROOF)
    part = data.draw(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]))
    at = data.draw(st.integers(0, len(answer["response"][part]) - 1))
    letter = data.draw(st.sampled_from("AZaz09-_"))
    if answer["response"][part][at] == letter:
        letter = "B"
    answer["response"][part] = answer["response"][part][:at] + letter + answer["response"][part][at + 1 :]
    changed = json.dumps(answer)
    try:
        claimed = ceremony.read(changed)
        ceremony.verify_proof(PLACE, changed, claimed, public_key=NEW.public_key, handle=b"h" * 32)
    except NotProven:
        return
    # The last letter of base64 may hold bits that belong to nothing: the bytes are then the same.
    assert ceremony._bytes(answer["response"][part]) == ceremony._bytes(json.loads(PROOF)["response"][part])


async def test_a_challenge_counts_once_for_its_place_for_five_minutes(house: House) -> None:
    store, keyring, now = house.floor.store, house.floor.keyring, house.clock.now
    made = challenges.issue(keyring, "attempt", "a", now=now)
    other = challenges.issue(keyring, "attempt", "a", now=now)
    late = challenges.issue(keyring, "attempt", "a", now=now - timedelta(minutes=5))
    early = challenges.issue(keyring, "attempt", "a", now=now + timedelta(minutes=1))
    assert not await challenges.spend(store, keyring, made, "attempt", "b", now=now)
    assert not await challenges.spend(store, keyring, made[:-1] + b"\x00", "attempt", "a", now=now)
    assert not await challenges.spend(store, keyring, b"", "attempt", "a", now=now)
    assert not await challenges.spend(store, keyring, late, "attempt", "a", now=now)
    assert not await challenges.spend(store, keyring, early, "attempt", "a", now=now)
    spent = await asyncio.gather(*(challenges.spend(store, keyring, made, "attempt", "a", now=now) for _ in range(5)))
    assert sorted(spent) == [False] * 4 + [True]
    assert await challenges.spend(store, keyring, other, "attempt", "a", now=now)


async def test_somebodys_passkeys_share_one_handle_and_no_one_has_a_credential_twice(house: House) -> None:
    first, _ = await has_passkey(house, "juf"), await has_passkey(house, "juf")
    async with house.floor.database.begin() as db:
        handles = (await db.execute(select(Row.handle).where(Row.person_id == house.people["juf"]))).scalars().all()
        assert len(handles) == 2
        assert len(set(handles)) == 1
        asked = json.dumps(ceremony.to_make(PLACE, b"c" * 37, handle=b"h" * 32, account="ict", called="", known=()))
        told = first.make(asked)
        stolen = ceremony.verify_new(PLACE, told, ceremony.read(told))
        ict, now = house.people["ict"], house.clock.now
        assert await passkeys.keep(db, ict, stolen, handle=b"h" * 32, name="x", now=now) is None
        assert not await passkeys.enrolled(db, ict)


async def test_there_are_never_more_than_twenty(house: House) -> None:
    await has_passkey(house, "juf")
    told = Passkey(BASE).make(ASKED)
    new = ceremony.verify_new(PLACE, told, ceremony.read(told))
    juf, now = house.people["juf"], house.clock.now
    async with house.floor.database.begin() as db:
        kept = [
            await passkeys.keep(
                db, juf, replace(new, credential_id=bytes([n]) * 16), handle=b"h" * 32, name="x", now=now
            )
            for n in range(20)
        ]
    assert [n for n, one in enumerate(kept) if one is None] == [19]


async def test_the_counter_only_goes_up_and_of_two_answers_at_once_one_counts(house: House) -> None:
    mine = await has_passkey(house, "juf", Passkey(BASE, counts=True, count=7))
    answers = [mine.prove(PROVE)] * 4

    async def give(told: str) -> passkeys.Outcome:
        async with house.floor.database.begin() as db:
            answer = ceremony.read(told)
            held = await passkeys.find(db, answer.credential_id)
            assert held is not None
            return await passkeys.prove(db, PLACE, held, told, answer, now=house.clock.now)

    outcomes = await asyncio.gather(*(give(told) for told in answers))
    assert sorted(outcomes) == ["proven", *["went_back"] * 3]
    assert await give(mine.but(count=6).prove(PROVE)) == "went_back"
    assert await give(mine.but(counts=False, count=0).prove(PROVE)) == "went_back", "a counter does not stop counting"
    assert await give(mine.prove(PROVE)) == "proven"


async def test_a_wrong_signature_moves_no_counter(house: House) -> None:
    mine = await has_passkey(house, "juf", Passkey(BASE, counts=True))
    forged = mine.but(key=ec.generate_private_key(ec.SECP256R1()), count=4_000_000_000).prove(PROVE)
    async with house.floor.database.begin() as db:
        held = await passkeys.find(db, mine.credential_id)
        assert held is not None
        now = house.clock.now
        assert await passkeys.prove(db, PLACE, held, forged, ceremony.read(forged), now=now) == "not_proven"
        real = mine.prove(PROVE)
        assert await passkeys.prove(db, PLACE, held, real, ceremony.read(real), now=now) == "proven"


async def test_a_passkey_goes_with_its_person_and_only_its_owner_takes_it_away(house: House) -> None:
    await has_passkey(house, "juf")
    juf, ict = house.people["juf"], house.people["ict"]
    async with house.floor.database.begin() as db:
        [mine] = (await factors.of(db, juf)).passkeys
        assert (mine.name, mine.last_used_at) == ("Laptop", None)
        assert await passkeys.remove(db, ict, mine.id) is None
        assert await factors.enrolled(db, juf)
        await db.execute(delete(Person).where(Person.id == juf))
        assert (await db.execute(select(Row.id))).all() == []


def test_a_name_is_one_short_line() -> None:
    assert passkeys.name_from("  Mijn\n laptop\x00 ", otherwise="x") == "Mijn laptop"
    assert passkeys.name_from("\u202e ", otherwise="Passkey") == "Passkey"
    assert len(passkeys.name_from("a" * 500, otherwise="x")) == 60
