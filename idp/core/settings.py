"""Settings from the environment or a `.env` file, each `IDP_<NAME>`. Read once, at the roofs; nothing below reads the environment."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from idp.core.errors import Misconfigured

DEMO_SECRET = "demo-secret-that-protects-nothing-and-is-known-to-everyone"  # noqa: S105 - refused outside the demo

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HOURS = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
DAYS = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])/(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


class Settings(BaseSettings):
    """Everything that differs between two installations."""

    model_config = SettingsConfigDict(env_prefix="IDP_", env_file=".env", extra="ignore", frozen=True)

    base_url: str = "http://localhost:8000"
    database_url: str = "sqlite+aiosqlite:///poortwachter.sqlite"
    redis_url: str | None = None
    secret_key: str = Field(
        default="", repr=False, description="A comma-separated list: the first seals, all open (D27)."
    )
    smtp_url: str | None = None
    mail_from: str = "noreply@poortwachter.example"
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    demo: bool = False
    eckid_environment: Literal["production", "pilot"] = "production"
    mfa_coordinator_opt_out: bool = False
    metrics_address: str | None = Field(default=None, pattern=r"^(\[[0-9a-fA-F:]+\]|[0-9a-zA-Z.-]+):[0-9]{1,5}$")
    support_contact: str = "helpdesk@poortwachter.example"
    helpdesk_phone: str = Field(default="", max_length=30, pattern=r"^(\+?[0-9 ()-]{6,})?$")
    helpdesk_hours: str = Field(default="08:00-12:30", pattern=HOURS)
    helpdesk_hours_start_of_year: str = Field(default="08:00-17:00", pattern=HOURS)
    helpdesk_start_of_year: str = Field(
        default="08-15/10-01", pattern=DAYS, description="Month and day, both included."
    )
    audit_report: Path | None = None
    videos: Annotated[Mapping[str, str], NoDecode] = Field(
        default={}, description="Subjects of the help pages and the https address of a video about each."
    )
    password_max_length: int = Field(default=128, ge=20, le=1024)
    argon2_memory_kib: int = Field(default=19 * 1024, ge=8)
    argon2_passes: int = Field(default=2, ge=1)
    argon2_threads: int = Field(default=2, ge=1, le=64)
    argon2_queue: int = Field(default=64, ge=1)
    database_pool: int = Field(default=10, ge=2, le=200)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())
        return value

    @field_validator("videos", mode="before")
    @classmethod
    def _subjects(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        told = dict(part.partition("=")[::2] for part in value.split())
        if not all(subject and urlsplit(address).scheme == "https" for subject, address in told.items()):
            raise ValueError("must be subjects with https addresses, such as las=https://video.example/las")
        return told

    @field_validator("helpdesk_hours", "helpdesk_hours_start_of_year")
    @classmethod
    def _opens_before_it_closes(cls, value: str) -> str:
        opens, closes = value.split("-")
        if opens >= closes:
            raise ValueError("must open before it closes, such as 08:00-12:30")
        return value

    @field_validator("base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        return _begins(value, "sqlite+aiosqlite:///", "postgresql+asyncpg://")

    @field_validator("redis_url")
    @classmethod
    def _known_store(cls, value: str | None) -> str | None:
        return _begins(value, "redis://", "rediss://", "unix://") if value else None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
            raise ValueError("IDP_BASE_URL must be an origin such as https://inloggen.example, without a path")
        return self

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets of `IDP_SECRET_KEY`; the first seals, all open."""
        return tuple(part.strip() for part in self.secret_key.split(",") if part.strip())

    @property
    def loopback(self) -> bool:
        """Whether the base URL lies on this machine itself: `localhost`, 127.0.0.0/8 or [::1]."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded default."""
        return self.database_url.startswith("sqlite")


def _begins(value: str, *allowed: str) -> str:
    if not value.startswith(allowed):
        # The value itself may hold a password.
        raise ValueError(f"must begin with {' or '.join(allowed)}")
    return value


def is_loopback(host: str) -> bool:
    """True for `localhost` and for addresses of 127.0.0.0/8 and ::1, nothing else; no name is ever resolved."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_unsafe(settings: Settings, *, workers: int = 1) -> None:
    """Raises `Misconfigured` for a combination of settings that must not serve people."""
    if not settings.secrets:
        raise Misconfigured("IDP_SECRET_KEY is not set. Make one with: openssl rand -base64 32")
    if not settings.demo and DEMO_SECRET in settings.secrets:
        raise Misconfigured("IDP_SECRET_KEY holds the demo secret; it is allowed in demo mode only")
    if not settings.demo and any(len(secret) < 32 for secret in settings.secrets):
        raise Misconfigured(
            "IDP_SECRET_KEY: every secret needs at least 32 characters. Make one with: openssl rand -base64 32"
        )
    if DEMO_SECRET in settings.secrets and not settings.loopback:
        raise Misconfigured("IDP_SECRET_KEY holds the demo secret: IDP_BASE_URL must be on this machine itself")
    if not settings.base_url.startswith("https://") and not settings.loopback:
        raise Misconfigured(
            "IDP_BASE_URL must begin with https:// (only localhost, 127.0.0.0/8 and [::1] may do without)"
        )
    if settings.audit_report is not None and not settings.audit_report.is_file():
        raise Misconfigured("IDP_AUDIT_REPORT is not a file")
    if workers > 1 and not settings.redis_url:
        raise Misconfigured("More than one worker needs a shared store: set IDP_REDIS_URL, or use --workers 1 (D10)")
