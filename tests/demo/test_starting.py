"""Ports that are taken or wrong are told before anything is made."""

import socket
from pathlib import Path

import pytest

from idp.core.settings import DEMO_SECRET, refuse_unsafe
from idp.demo import run, sockets, together
from idp.demo.sites import PORTS, Sites
from tests.demo import ports


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        first = taken - PORTS + 1
        with pytest.raises(ValueError, match=r"port \d+ on \S+ is taken; .*IDP_DEMO_PORT=8100"):
            run.run({"IDP_DEMO_PORT": str(first), "IDP_DEMO_FOLDER": str(tmp_path / "demo")})
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("text", ["80", "65530", "achtduizend", "-8000", "٨٠٠٠", "800000"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number from 1024 to 65528"):
        run.run({"IDP_DEMO_PORT": text})


def test_every_site_gets_its_own_socket_and_they_are_closed_in_the_end() -> None:
    sites = ports.free()
    with sockets.opened(sites, otherwise="") as bound:
        numbers = [one.getsockname()[1] for one in (*bound.idp[:1], bound.rekenrijk, bound.taalpaleis, bound.mailbox)]
        assert numbers == [sites.first_port + number for number in range(4)]
        assert {one.getsockname()[0] for one in bound.idp} <= {"127.0.0.1", "::1"}
        assert bound.smtp.getsockname() == ("127.0.0.1", sites.smtp_port)
        every = (
            *bound.idp,
            bound.rekenrijk,
            bound.taalpaleis,
            bound.mailbox,
            bound.wereldwijs,
            bound.smtp,
            bound.klasboek,
        )
    assert {one.fileno() for one in every} == {-1}


def test_the_settings_are_those_of_a_demonstration(tmp_path: Path) -> None:
    settings = together.settings_for(Sites(8100), tmp_path)
    refuse_unsafe(settings)
    assert (settings.base_url, settings.demo, settings.secrets) == ("http://localhost:8100", True, (DEMO_SECRET,))
    assert settings.smtp_url == "smtp://127.0.0.1:8105"
