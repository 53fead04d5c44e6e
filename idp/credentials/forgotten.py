"""A forgotten password: the account's address is mailed a link to choose another one (R96, R99, C-314).

Nobody is told whether an address has an account: whoever asks for one gets his answer before anything here is done (C-313).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlencode

from directory import addresses, people
from directory.addresses import Address
from idp.core import dates, ledger, mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.throttle import Policy
from idp.credentials import activation, links, passwords

PATH: Final = "/password/reset"

# Short of half an hour between two mails at the worst: who is flooded by somebody else always has a link that works (D2).
OF_AN_ADDRESS: Final = Policy(free=3, first_pause=60, longest_pause=15 * 60, most=100)
OF_A_NETWORK: Final = Policy(free=300, first_pause=30, longest_pause=5 * 60, most=100_000, window=3600)
EASY: Final = 100
"""Asks from one network in an hour, after which a little work comes first."""

Change = Literal["password_changed", "password_reset"]


@dataclass(frozen=True, slots=True)
class Told:
    """What every mail about a password says beside its subject: how to reach us, who to ask, from which network, in which language."""

    base_url: str
    contact: str
    network: str = field(repr=False)
    lang: str


async def send(db: Db, keyring: Keyring, email: str, told: Told, *, now: datetime) -> None:
    """Mails a link to the account with this address, if there is one: to choose another password, or a first one where there is none."""
    account = await people.account(db, email)
    if account is None:
        return
    if await passwords.known_hash(db, account.person_id) is None:
        context = {"base_url": told.base_url, "contact": told.contact, "lang": told.lang}
        await activation.invite(db, keyring, [account.person_id], **context, now=now)
        return
    token = await links.issue(db, keyring, account.person_id, account.email, purpose="reset", now=now)
    minutes = str(links.LIFETIME["reset"] // timedelta(minutes=1))
    shown = {"link": f"{told.base_url}{PATH}?{urlencode({'token': token})}", "minutes": minutes, **about(told, now)}
    await mail.queue(db, "password_forgotten", account.email, now=now, lang=told.lang, **shown)
    await ledger.record(db, "password.link_sent", now=now, by="system", subject=account.ledger_id)


async def tell(db: Db, kind: Change, person_id: int, told: Told, *, now: datetime) -> None:
    """Tells the account's address that the password is another one now, when that was, and what to do if it was somebody else (C-318)."""
    email = await people.email_of(db, person_id)
    if email:
        await mail.queue(db, kind, email, now=now, lang=told.lang, **about(told, now))


def network_name(address: Address) -> str:
    """An address as a person may recognise it, without its last part: `192.0.2.x`, `2001:db8:5::/48`."""
    network = addresses.subscriber(address)
    return str(network) if address.version == 6 else f"{str(network.network_address).rpartition('.')[0]}.x"


def about(told: Told, now: datetime) -> dict[str, str]:
    """What such a mail says beside its subject: when it was, from which network, and who can be asked."""
    return {"when": dates.written(now, told.lang), "network": told.network, "contact": told.contact}
