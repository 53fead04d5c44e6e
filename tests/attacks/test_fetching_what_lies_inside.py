"""An address that somebody else named must not make us knock on doors inside the house (C-128)."""

import asyncio
from collections.abc import Sequence

import pytest

from idp.core import fetching
from idp.core.fetching import FetchRefused
from idp.core.internet import is_public
from tests.directory.uwlr.standing import Conversation, conversing, http

INSIDE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.0.9",
    "169.254.169.254",
    "172.16.5.4",
    "192.168.1.1",
    "192.0.2.7",
    "198.18.0.1",
    "224.0.0.251",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2001:0:4136:e378::1",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "no address",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_somebody_on_the_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2a02:2308::1", "64:ff9b::5db8:d822"])
def test_who_is(address: str) -> None:
    assert is_public(address)


async def refusal(
    address: str, *, found: Sequence[str] = (), loopback_allowed: bool = False, redirects: int = 0
) -> str:
    """The code with which an address is refused whose host has these numeric addresses."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return found

    with pytest.raises(FetchRefused) as refused:
        await fetching.get(address, loopback_allowed=loopback_allowed, redirects=redirects, resolve=resolve)
    assert "example" not in str(refused.value)
    return refused.value.code


async def test_a_name_that_leads_inside_with_any_of_its_addresses() -> None:
    """After DNS, and in the demo too: there only this machine's own names lead to this machine."""
    for found in (["127.0.0.1"], ["169.254.169.254"], ["93.184.216.34", "10.0.0.1"], ["2a02:2308::1", "fe80::1"]):
        for loopback_allowed in (False, True):
            assert (
                await refusal("https://party.example/", found=found, loopback_allowed=loopback_allowed) == "not_public"
            )


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "127.1", "[::ffff:7f00:1]", "0", "LOCALHOST"]
)
async def test_this_machine_by_any_of_its_names(host: str) -> None:
    """With the machine's own look-up, which knows numbers in every spelling."""
    with pytest.raises(FetchRefused) as refused:
        await fetching.get(f"https://{host}/", loopback_allowed=False)
    assert refused.value.code == "not_public"


@pytest.mark.parametrize(
    "address",
    [
        "http://party.example/",
        "http://127.0.0.1:8000/",
        "file:///etc/passwd",
        "gopher://party.example/",
        "//party.example/",
        "https://",
        "https://operator:secret@party.example/",
        "https://party.example/#part",
        "https://party.example/a b",
        "https://party.example/\r\nHost: inside",
        "https://party.example:port/",
        "https://party.example/" + "a" * 2000,
        "https://pärty.example/",
        "",
    ],
)
async def test_what_is_no_address_to_ask(address: str) -> None:
    assert await refusal(address) == "bad_address"


def saying(answer: bytes, heard: list[bytes] | None = None) -> Conversation:
    """A server that says one thing to everybody, and perhaps keeps what it heard."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if heard is not None:
            heard.append(head)
        writer.write(answer)
        await writer.drain()

    return talk


def moved(to: str, status: int = 302) -> bytes:
    return http(b"", status=f"{status} Moved", more=f"Location: {to}\r\n")


async def test_a_redirect_is_judged_like_the_first_address() -> None:
    """To the inside, to plain http, to a name that leads inside: refused before anybody is asked."""
    for to, code in [
        ("https://169.254.169.254/latest/meta-data/", "not_public"),
        ("https://inside.example/", "not_public"),
        ("http://party.example/", "bad_address"),
        ("file:///etc/passwd", "bad_address"),
        ("https://a@party.example/", "bad_address"),
    ]:
        async with conversing(saying(moved(to))) as here:
            assert await refusal(here, found=["192.168.0.1"], loopback_allowed=True, redirects=3) == code


async def test_at_most_so_many_redirects_and_none_by_default() -> None:
    heard: list[bytes] = []
    async with conversing(saying(moved("/again", 307), heard)) as here:
        assert await refusal(here, loopback_allowed=True, redirects=2) == "redirected"
        assert len(heard) == 3
        assert await refusal(here, loopback_allowed=True) == "redirected"
        assert len(heard) == 4


async def test_a_form_is_never_carried_on_to_somebody_else() -> None:
    heard: list[bytes] = []
    async with conversing(saying(http(b"ok"), heard)) as other, conversing(saying(moved(other, 307))) as here:
        with pytest.raises(FetchRefused) as refused:
            await fetching.post_form(here, {"client_secret": "s3cret"}, loopback_allowed=True)
    assert (refused.value.code, heard) == ("redirected", [])


async def test_what_is_meant_for_one_host_goes_to_no_other() -> None:
    heard: list[bytes] = []
    async with conversing(saying(http(b"ok"), heard)) as other, conversing(saying(moved(other), heard)) as here:
        answer = await fetching.get(
            here, loopback_allowed=True, redirects=1, headers={"Authorization": "Bearer s3cret"}
        )
    assert (answer.body, answer.address) == (b"ok", other)
    assert [b"s3cret" in head for head in heard] == [True, False]


async def test_size_and_time_have_an_end() -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Y: z\r\n")
            await writer.drain()
            await asyncio.wait({asyncio.create_task(asyncio.Event().wait())}, timeout=0.01)

    endless = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + b"x" * 5000
    for talk, code in [
        (dripping, "too_slow"),
        (saying(endless), "too_large"),
        (saying(http(b"x", more="Content-Encoding: gzip\r\n")), "compressed"),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "not_http"),
        (saying(b""), "cut_off"),
        (saying(http(b"whole")[:-1]), "cut_off"),
    ]:
        async with conversing(talk) as here, asyncio.timeout(3):
            with pytest.raises(FetchRefused) as refused:
                await fetching.get(here, loopback_allowed=True, most=4000, seconds=0.15)
        assert refused.value.code == code
