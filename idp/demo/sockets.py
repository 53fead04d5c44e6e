"""The sockets of the demonstration, bound before anything else is done: whether they are free is known at once."""

import contextlib
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from idp.demo.sites import PORTS, Sites


class NoSuchAddress(Exception):
    """This machine does not have the address."""


@dataclass(frozen=True, slots=True)
class Sockets:
    """Where to listen: the product on both kinds of `localhost`, the other sites, and the mail server."""

    idp: tuple[socket.socket, ...]
    rekenrijk: socket.socket
    taalpaleis: socket.socket
    mailbox: socket.socket
    wereldwijs: socket.socket
    smtp: socket.socket
    klasboek: socket.socket
    netwerk: socket.socket


@contextmanager
def opened(sites: Sites, *, otherwise: str) -> Iterator[Sockets]:
    """Binds every socket and closes them all at the end. Raises `ValueError` when one is taken; `otherwise` says what to do then."""
    with contextlib.ExitStack() as closing:

        def bind(port: int, *, host: str = "127.0.0.1") -> socket.socket:
            return closing.enter_context(_bound(host, port, otherwise=otherwise))

        first = sites.first_port
        idp = [bind(first)]
        # A browser may take `localhost` for either; a machine without IPv6 has only one.
        with contextlib.suppress(NoSuchAddress):
            idp.append(bind(first, host="::1"))
        yield Sockets(tuple(idp), *(bind(first + number) for number in range(1, PORTS)))


def _bound(host: str, port: int, *, otherwise: str) -> socket.socket:
    try:
        made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise NoSuchAddress from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        # From here on nobody else gets the port, also where SO_REUSEADDR lets two sockets bind it.
        made.listen(128)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise ValueError(f"port {port} on {host} is taken; {otherwise}") from None
        raise NoSuchAddress from error
    return made
