"""Settings that must not serve people are refused before anything is served (D10, D26, D27)."""

import ipaddress
from pathlib import Path

import pytest
from pydantic import ValidationError
from redis import Redis

from idp.core.db import Database
from idp.core.errors import Misconfigured, Unavailable
from idp.core.migrate import newest, require_newest, revision
from idp.core.settings import DEMO_SECRET, Settings, is_loopback, refuse_unsafe
from idp.main import create_app
from tests.listening import NOWHERE
from tests.storage import Storage

SECRET = "a secret of thirty-two characters or more"
SAFE = Settings(_env_file=None, base_url="https://inloggen.example", secret_key=SECRET)


def changed(**values: object) -> Settings:
    return SAFE.model_copy(update=values)


UNSAFE = {
    "no secret": (changed(secret_key=""), 1, "IDP_SECRET_KEY is not set"),
    "only commas": (changed(secret_key=" , ,"), 1, "IDP_SECRET_KEY is not set"),
    "the demo secret": (changed(secret_key=DEMO_SECRET), 1, "demo secret"),
    "the demo secret for everybody to reach": (changed(demo=True, secret_key=DEMO_SECRET), 1, "on this machine itself"),
    "the demo secret to open with": (changed(secret_key=f"{SECRET}, {DEMO_SECRET}"), 1, "demo secret"),
    "a short secret": (changed(secret_key="x" * 31), 1, "at least 32 characters"),
    "a short secret to open with": (changed(secret_key=f"{SECRET},short"), 1, "at least 32 characters"),
    "http": (changed(base_url="http://inloggen.example"), 1, "https://"),
    "http on a network address": (changed(base_url="http://10.0.0.7:8000"), 1, "https://"),
    "http on all addresses": (changed(base_url="http://0.0.0.0:8000"), 1, "https://"),
    "http on a name that only begins so": (changed(base_url="http://localhost.example"), 1, "https://"),
    "http on a name like an address": (changed(base_url="http://127.0.0.1.example"), 1, "https://"),
    "two workers without a store": (SAFE, 2, "IDP_REDIS_URL"),
    "a report that is not there": (changed(audit_report=Path("nowhere.pdf")), 1, "IDP_AUDIT_REPORT is not a file"),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_what_must_not_serve_is_refused_in_words(case: str) -> None:
    settings, workers, said = UNSAFE[case]
    with pytest.raises(Misconfigured, match=said):
        refuse_unsafe(settings, workers=workers)


@pytest.mark.parametrize("case", UNSAFE)
async def test_and_the_application_does_not_start(case: str, tmp_path: Path) -> None:
    settings, workers, said = UNSAFE[case]
    there = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{tmp_path / 'idp.sqlite'}"})
    app = create_app(there, workers=workers)
    with pytest.raises(Misconfigured, match=said):
        async with app.router.lifespan_context(app):
            raise AssertionError("it started")
    assert not (tmp_path / "idp.sqlite").exists(), "refused before the database was touched"


@pytest.mark.parametrize(
    ("settings", "workers"),
    [
        (SAFE, 1),
        (changed(secret_key=f"{SECRET},{SECRET[::-1]}"), 1),
        (changed(base_url="http://localhost:8000"), 1),
        (changed(base_url="http://127.0.0.1:8000"), 1),
        (changed(base_url="http://127.255.3.4"), 1),
        (changed(base_url="http://[::1]:8000"), 1),
        (changed(redis_url="redis://store"), 4),
        (changed(demo=True, secret_key=DEMO_SECRET, base_url="http://localhost:8000"), 1),
    ],
)
def test_what_may_serve(settings: Settings, workers: int) -> None:
    refuse_unsafe(settings, workers=workers)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.99.0.1", True),
        ("::1", True),
        ("LOCALHOST.", False),
        ("sub.localhost", False),
        ("0.0.0.0", False),
        ("128.0.0.1", False),
        ("::", False),
        ("2130706433", False),
        ("0177.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_is_read_never_resolved(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    "url",
    [
        "",
        "inloggen.example",
        "ftp://x.example",
        "https://",
        "https://x.example/idp",
        "https://x.example/?a=1",
        "https://x.example/#a",
    ],
)
def test_a_base_url_is_an_origin(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, base_url=url, secret_key=SECRET)


def test_a_slash_behind_the_origin_is_forgiven() -> None:
    assert Settings(_env_file=None, base_url="https://x.example/").base_url == "https://x.example"


def test_settings_are_read_as_they_stand_in_a_file(tmp_path: Path) -> None:
    lines = (
        "IDP_BASE_URL=https://from-a-file.example",
        "IDP_TRUSTED_PROXIES=10.0.0.0/8, 2001:db8::/32",
        f"IDP_SECRET_KEY= {SECRET} , {SECRET[::-1]} ",
        "IDP_UNKNOWN=1",
    )
    (tmp_path / "env").write_text("\n".join(lines))
    read = Settings(_env_file=tmp_path / "env")
    assert read.base_url == "https://from-a-file.example"
    assert read.secrets == (SECRET, SECRET[::-1])
    assert read.trusted_proxies == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32"))


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.example", "10.0.0.0/33"])
def test_a_proxy_that_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, trusted_proxies=text)


def test_films_are_subjects_with_https_addresses() -> None:
    told = Settings(_env_file=None, videos="las=https://video.example/1?a=b  mfa=https://video.example/2")
    assert told.videos == {"las": "https://video.example/1?a=b", "mfa": "https://video.example/2"}
    for wrong in ("las", "las=http://video.example/1", "=https://video.example/1", "las=javascript:alert(1)"):
        with pytest.raises(ValidationError, match="https addresses"):
            Settings(_env_file=None, videos=wrong)


def test_the_secret_shows_nowhere() -> None:
    assert SECRET not in repr(SAFE)
    assert SECRET not in str(SAFE)


@pytest.fixture
async def bare(storage: Storage) -> Settings:
    """Settings with a database that has no tables at all."""
    url, redis_url = storage.bare()
    return SAFE.model_copy(update={"database_url": url, "redis_url": redis_url})


async def test_a_server_database_without_its_migrations_is_refused_and_the_embedded_one_migrates(
    bare: Settings,
) -> None:
    app = create_app(bare)
    if bare.embedded:
        async with app.router.lifespan_context(app), app.state.resources.floor.database.read() as db:
            assert await revision(db) == newest()
        return
    with pytest.raises(Misconfigured, match="Run: idp migrate"):
        async with app.router.lifespan_context(app):
            raise AssertionError("it started")


async def test_a_database_of_an_older_version_is_refused(database: Database) -> None:
    async with database.begin() as db:
        await db.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(Misconfigured, match="revision 0000"):
        await require_newest(database)


async def test_a_database_of_a_newer_version_is_served(database: Database) -> None:
    """After a step back to the program before, it also starts."""
    async with database.begin() as db:
        await db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await require_newest(database)


async def test_a_store_that_may_forget_is_refused_at_the_start(settings: Settings) -> None:
    if settings.redis_url is None:
        pytest.skip("the embedded store never forgets")
    with Redis.from_url(settings.redis_url) as redis:
        redis.config_set("maxmemory-policy", "volatile-ttl")
        try:
            app = create_app(settings)
            with pytest.raises(Misconfigured, match="noeviction"):
                async with app.router.lifespan_context(app):
                    raise AssertionError("it started")
        finally:
            redis.config_set("maxmemory-policy", "noeviction")


async def test_a_store_that_is_away_at_the_start_is_said(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"redis_url": f"redis://{NOWHERE}/0"}))
    with pytest.raises(Unavailable):
        async with app.router.lifespan_context(app):
            raise AssertionError("it started")
