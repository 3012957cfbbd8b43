"""The settings of the service: read from the environment once, checked as a whole, unchangeable afterwards."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from domain.card import Scheme
from entrypoints.variables import Variables

# HS256 wants a key of at least its own 256 bits.
SECRET_MIN_LENGTH: Final = 32
SECRET_MIN_DIFFERENT: Final = 10
# Every secret of .env.example carries this word.
PLACEHOLDER: Final = "change-me"
# Far below half of OCTO's largest refund, so that a large one can always be divided.
_REFUND_MINIMA: Final = range(1, 1_000_001)
# Not less than events wait for an endpoint that is off, and not so many that a date has no such day before it.
_DAYS_KEPT: Final = range(30, 36_501)
_DATABASES: Final = ("postgresql+psycopg", "postgresql")
_DATABASE: Final = "sqlite:///var/payments.sqlite3 or postgresql+psycopg://user:password@host/name"
_JOB_STORES: Final = ("postgresql", "postgresql+psycopg", "postgres", "redis", "rediss")
_JOB_STORE: Final = "sqlite:///var/jobs.sqlite3, postgresql://user:password@host/name or redis://host"
_MAKE_ONE: Final = 'make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'


class BadSettings(Exception):
    """The service does not start. The message names everything that has to be put right, and no secret."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "The settings are not usable yet. Put these right in the environment or in .env:\n"
            + "\n".join(f"  - {problem}" for problem in problems)
        )


class Environment(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"


class UzbekScript(StrEnum):
    """OCTO's two words for Uzbek."""

    LATIN = "oz"
    CYRILLIC = "uz"


class SignatureFormula(StrEnum):
    """Both formulas that OCTO has published for its callbacks."""

    UNIQUE_KEY = "unique_key"
    DOUBLE_HASH = "secret_hash_key"


class ExpiryOrder(StrEnum):
    """How OCTO's `pay` wants a card's expiry."""

    YYMM = "yymm"
    MMYY = "mmyy"


class LogLevel(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field for each variable, under its name in lower case. Addresses come without a trailing slash."""

    environment: Environment
    secret_key: str = field(repr=False)
    secret_key_old: str | None = field(repr=False)
    jwt_secret_key: str = field(repr=False)
    jwt_secret_key_old: str | None = field(repr=False)
    database_url: str = field(repr=False)  # it may carry a password
    public_url: str
    frontend_url: str
    trusted_proxies: int
    trusted_hosts: tuple[str, ...]
    log_level: LogLevel
    octo_api_url: str
    octo_shop_id: int
    octo_secret: str = field(repr=False)
    octo_unique_key: str | None = field(repr=False)
    octo_unique_key_old: str | None = field(repr=False)
    octo_test_mode: bool
    octo_timeout_seconds: int
    octo_signature: SignatureFormula
    octo_exp_order: ExpiryOrder
    payment_methods: tuple[str, ...]
    payment_ttl_minutes: int
    uzbek_script: UzbekScript
    refund_minimum_uzs: int
    refund_minimum_usd: int
    refund_minimum_rub: int
    jobs_url: str = field(repr=False)
    give_up_after_hours: int
    keep_events_days: int
    keep_callbacks_days: int
    metrics_token: str | None = field(repr=False)
    token_failures_per_minute: int
    unsigned_callbacks_per_minute: int
    payer_requests_per_minute: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises BadSettings. An empty variable counts as not set."""
        read = Variables(environ)
        settings = cls(
            environment=read.choice("ENVIRONMENT", Environment, Environment.PRODUCTION),
            secret_key=read.text("SECRET_KEY", _MAKE_ONE),
            secret_key_old=read.optional("SECRET_KEY_OLD"),
            jwt_secret_key=read.text("JWT_SECRET_KEY", _MAKE_ONE),
            jwt_secret_key_old=read.optional("JWT_SECRET_KEY_OLD"),
            database_url=read.store("DATABASE_URL", _DATABASES, _DATABASE, default="sqlite:///var/payments.sqlite3"),
            public_url=read.url("PUBLIC_URL", "the address of this service, as OCTO reaches it"),
            frontend_url=read.url("FRONTEND_URL", "the address of the shop's pages, to which payers return"),
            trusted_proxies=read.number("TRUSTED_PROXIES", range(11), default=0),
            trusted_hosts=read.hosts("TRUSTED_HOSTS"),
            log_level=read.choice("LOG_LEVEL", LogLevel, LogLevel.INFO),
            octo_api_url=read.url("OCTO_API_URL", "OCTO's address", default="https://secure.octo.uz"),
            octo_shop_id=read.number("OCTO_SHOP_ID", range(1, 2**63)),
            octo_secret=read.text("OCTO_SECRET", "take it from OCTO's merchant cabinet, Integration"),
            octo_unique_key=read.optional("OCTO_UNIQUE_KEY"),
            octo_unique_key_old=read.optional("OCTO_UNIQUE_KEY_OLD"),
            octo_test_mode=read.flag("OCTO_TEST_MODE", "true takes test payments, false takes real money"),
            octo_timeout_seconds=read.number("OCTO_TIMEOUT_SECONDS", range(1, 61), default=20),
            octo_signature=read.choice("OCTO_SIGNATURE", SignatureFormula, SignatureFormula.UNIQUE_KEY),
            octo_exp_order=read.choice("OCTO_EXP_ORDER", ExpiryOrder, ExpiryOrder.YYMM),
            payment_methods=read.several("PAYMENT_METHODS", [scheme.value for scheme in Scheme]),
            payment_ttl_minutes=read.number("PAYMENT_TTL_MINUTES", range(1, 1441), default=15),
            uzbek_script=read.choice("UZBEK_SCRIPT", UzbekScript, UzbekScript.LATIN),
            refund_minimum_uzs=read.number("REFUND_MINIMUM_UZS", _REFUND_MINIMA, default=13_000),
            refund_minimum_usd=read.number("REFUND_MINIMUM_USD", _REFUND_MINIMA, default=1),
            refund_minimum_rub=read.number("REFUND_MINIMUM_RUB", _REFUND_MINIMA, default=100),
            jobs_url=read.store("JOBS_URL", _JOB_STORES, _JOB_STORE, default="sqlite:///var/jobs.sqlite3"),
            give_up_after_hours=read.number("GIVE_UP_AFTER_HOURS", range(8761), default=24),
            keep_events_days=read.number("KEEP_EVENTS_DAYS", _DAYS_KEPT, default=90),
            keep_callbacks_days=read.number("KEEP_CALLBACKS_DAYS", _DAYS_KEPT, default=365),
            metrics_token=read.optional("METRICS_TOKEN"),
            token_failures_per_minute=read.number("TOKEN_FAILURES_PER_MINUTE", range(1, 1_000_001), default=20),
            unsigned_callbacks_per_minute=read.number(
                "UNSIGNED_CALLBACKS_PER_MINUTE", range(1, 1_000_001), default=600
            ),
            payer_requests_per_minute=read.number("PAYER_REQUESTS_PER_MINUTE", range(1, 1_000_001), default=300),
        )
        problems = read.problems + _contradictions(settings, read.bad)
        if problems:
            raise BadSettings(problems)
        return settings

    @property
    def hosts(self) -> list[str]:
        """The names that requests may call this service by. Probes on the machine itself use its own."""
        named = self.trusted_hosts or (urlsplit(self.public_url).hostname or "",)
        return [*named, "localhost", "127.0.0.1"]

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """Those that what we keep may be encrypted with: the one in use, and during a rotation the one before it."""
        return tuple(key for key in (self.secret_key, self.secret_key_old) if key)

    @property
    def jwt_keys(self) -> tuple[str, ...]:
        """Those that tokens may be signed with: the one in use, and during a rotation the one before it."""
        return tuple(key for key in (self.jwt_secret_key, self.jwt_secret_key_old) if key)

    @property
    def octo_keys(self) -> tuple[str, ...]:
        """Those that OCTO may sign its callbacks with; with none, each callback only causes a status read."""
        if self.octo_signature is SignatureFormula.DOUBLE_HASH:
            return (self.octo_secret,)
        return tuple(key for key in (self.octo_unique_key, self.octo_unique_key_old) if key)

    @property
    def notify_url(self) -> str:
        """Where OCTO sends its callbacks."""
        return f"{self.public_url}/api/payments/notify/"

    @property
    def card_callback_url(self) -> str:
        """Where OCTO sends tokens of cards; each card's own address is below it."""
        return f"{self.public_url}/api/cards/notify"

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT


def _contradictions(s: Settings, bad: set[str]) -> list[str]:
    """What is wrong although each variable is readable. A variable in `bad` has been named already."""
    found = _weaknesses(s) if not s.is_development else []
    if urlsplit(s.octo_api_url).scheme != "https" and not _is_loopback(s.octo_api_url):
        found.append(("OCTO_API_URL", "carries cards and must be https://, unless it is on this very machine"))
    if s.secret_key == s.jwt_secret_key and "SECRET_KEY" not in bad:
        found.append(("JWT_SECRET_KEY", f"is the same as SECRET_KEY: {_MAKE_ONE}"))
    if s.jwt_secret_key_old in (s.secret_key, s.jwt_secret_key):
        found.append(("JWT_SECRET_KEY_OLD", "is the same as a key in use: give the one before it, or none"))
    if s.secret_key_old in (s.secret_key, s.jwt_secret_key):
        found.append(("SECRET_KEY_OLD", "is the same as a key in use: give the one before it, or none"))
    if s.octo_unique_key_old and not s.octo_unique_key:
        found.append(("OCTO_UNIQUE_KEY", "is not set, though OCTO_UNIQUE_KEY_OLD is: give the one in use"))
    return [f"{name} {problem}" for name, problem in found if name not in bad]


def _weaknesses(s: Settings) -> list[tuple[str, str]]:
    """What is tolerated in development only."""
    found = [
        (name, f"must be https:// outside of development ({name} is {url})")
        for name, url in (("PUBLIC_URL", s.public_url), ("FRONTEND_URL", s.frontend_url))
        if urlsplit(url).scheme != "https"
    ]
    issued = (
        ("OCTO_SECRET", s.octo_secret),
        ("OCTO_UNIQUE_KEY", s.octo_unique_key or ""),
        ("OCTO_UNIQUE_KEY_OLD", s.octo_unique_key_old or ""),
    )
    found += [(name, "is still the example's: take yours from OCTO") for name, value in issued if PLACEHOLDER in value]
    ours = [("SECRET_KEY", s.secret_key), ("JWT_SECRET_KEY", s.jwt_secret_key)]
    optional = (
        ("SECRET_KEY_OLD", s.secret_key_old),
        ("JWT_SECRET_KEY_OLD", s.jwt_secret_key_old),
        ("METRICS_TOKEN", s.metrics_token),
    )
    ours += [(name, value) for name, value in optional if value is not None]
    found += [(name, f"is too weak: {_MAKE_ONE}") for name, value in ours if _is_weak(value)]
    return found


def _is_weak(secret: str) -> bool:
    return PLACEHOLDER in secret or len(secret) < SECRET_MIN_LENGTH or len(set(secret)) < SECRET_MIN_DIFFERENT


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
