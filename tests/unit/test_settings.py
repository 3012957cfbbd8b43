"""Settings: read from a mapping, refused as a whole, and silent about secrets."""

import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from entrypoints.settings import (
    BadSettings,
    Environment,
    ExpiryOrder,
    LogLevel,
    Settings,
    SignatureFormula,
    UzbekScript,
)

GOOD = {
    "SECRET_KEY": "k3y-one-0123456789-abcdefghijklmnopqrstuv",
    "JWT_SECRET_KEY": "k3y-two-0123456789-abcdefghijklmnopqrstuv",
    "PUBLIC_URL": "https://pay.example.uz/",
    "FRONTEND_URL": "https://shop.example.uz",
    "OCTO_SHOP_ID": "4321",
    "OCTO_SECRET": "s3cret-of-octo",
    "OCTO_TEST_MODE": "false",
}
EXAMPLE = Path(__file__).parents[2] / ".env.example"


def example() -> dict[str, str]:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def problems(**changes: str) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        Settings.from_env(GOOD | changes)
    return list(refused.value.problems)


def test_the_defaults_are_those_of_production() -> None:
    settings = Settings.from_env(GOOD)

    assert settings == Settings(
        environment=Environment.PRODUCTION,
        secret_key=GOOD["SECRET_KEY"],
        jwt_secret_key=GOOD["JWT_SECRET_KEY"],
        secret_key_old=None,
        jwt_secret_key_old=None,
        database_url="sqlite:///var/payments.sqlite3",
        public_url="https://pay.example.uz",
        frontend_url="https://shop.example.uz",
        trusted_proxies=0,
        trusted_hosts=(),
        log_level=LogLevel.INFO,
        octo_api_url="https://secure.octo.uz",
        octo_shop_id=4321,
        octo_secret="s3cret-of-octo",
        octo_unique_key=None,
        octo_unique_key_old=None,
        octo_test_mode=False,
        octo_timeout_seconds=20,
        octo_signature=SignatureFormula.UNIQUE_KEY,
        octo_exp_order=ExpiryOrder.YYMM,
        payment_methods=("uzcard", "humo", "bank_card"),
        payment_ttl_minutes=15,
        uzbek_script=UzbekScript.LATIN,
        refund_minimum_uzs=13_000,
        refund_minimum_usd=1,
        refund_minimum_rub=100,
        jobs_url="sqlite:///var/jobs.sqlite3",
        give_up_after_hours=24,
        keep_events_days=90,
        keep_callbacks_days=365,
        metrics_token=None,
        token_failures_per_minute=20,
        unsigned_callbacks_per_minute=600,
        payer_requests_per_minute=300,
    )
    assert settings.notify_url == "https://pay.example.uz/api/payments/notify/"


def test_every_variable_is_read() -> None:
    given = GOOD | {
        "ENVIRONMENT": "development",
        "DATABASE_URL": "postgresql+psycopg://u:p@db/payments",
        "SECRET_KEY_OLD": "k3y-before-0123456789-abcdefghijklmnopqrs",
        "JWT_SECRET_KEY_OLD": "k3y-old-0123456789-abcdefghijklmnopqrstuv",
        "TRUSTED_PROXIES": "2",
        "TRUSTED_HOSTS": "pay.example.uz, .example.org",
        "LOG_LEVEL": "DEBUG",
        "OCTO_API_URL": "http://[::1]:9000/",
        "OCTO_UNIQUE_KEY": "unique",
        "OCTO_UNIQUE_KEY_OLD": "unique before",
        "OCTO_TEST_MODE": "True",
        "OCTO_TIMEOUT_SECONDS": "30",
        "OCTO_SIGNATURE": "secret_hash_key",
        "OCTO_EXP_ORDER": "mmyy",
        "PAYMENT_METHODS": "humo, uzcard",
        "PAYMENT_TTL_MINUTES": "60",
        "UZBEK_SCRIPT": "uz",
        "REFUND_MINIMUM_UZS": "14000",
        "REFUND_MINIMUM_USD": "2",
        "REFUND_MINIMUM_RUB": "90",
        "JOBS_URL": "redis://jobs",
        "GIVE_UP_AFTER_HOURS": "0",
        "KEEP_EVENTS_DAYS": "30",
        "KEEP_CALLBACKS_DAYS": "36500",
        "METRICS_TOKEN": "scraper",
        "TOKEN_FAILURES_PER_MINUTE": "5",
        "UNSIGNED_CALLBACKS_PER_MINUTE": "7",
        "PAYER_REQUESTS_PER_MINUTE": "70",
    }
    settings = Settings.from_env(given)
    defaults = Settings.from_env(GOOD)
    required = {name.lower() for name in GOOD} - {"octo_test_mode"}
    unchanged = {f.name for f in fields(Settings) if getattr(settings, f.name) == getattr(defaults, f.name)}

    assert unchanged == required
    assert settings.octo_api_url == "http://[::1]:9000"
    assert settings.payment_methods == ("humo", "uzcard")


def test_the_keys_of_a_rotation_are_the_one_in_use_and_the_one_before_it() -> None:
    before = "k3y-old-0123456789-abcdefghijklmnopqrstuv"
    rotating = {"OCTO_UNIQUE_KEY": "new", "OCTO_UNIQUE_KEY_OLD": "old", "JWT_SECRET_KEY_OLD": before}
    both = Settings.from_env(GOOD | rotating)
    hashed = Settings.from_env(GOOD | rotating | {"OCTO_SIGNATURE": "secret_hash_key"})

    assert both.octo_keys == ("new", "old")
    assert both.jwt_keys == (GOOD["JWT_SECRET_KEY"], before)
    assert Settings.from_env(GOOD).octo_keys == ()
    assert hashed.octo_keys == (GOOD["OCTO_SECRET"],)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY_OLD": GOOD["SECRET_KEY"]}, "SECRET_KEY_OLD is the same"),
        ({"SECRET_KEY_OLD": GOOD["JWT_SECRET_KEY"]}, "SECRET_KEY_OLD is the same"),
        ({"SECRET_KEY_OLD": "short"}, "SECRET_KEY_OLD is too weak"),
        ({"JWT_SECRET_KEY_OLD": GOOD["SECRET_KEY"]}, "JWT_SECRET_KEY_OLD is the same"),
        ({"JWT_SECRET_KEY_OLD": GOOD["JWT_SECRET_KEY"]}, "JWT_SECRET_KEY_OLD is the same"),
        ({"JWT_SECRET_KEY_OLD": "short"}, "JWT_SECRET_KEY_OLD is too weak"),
        ({"OCTO_UNIQUE_KEY_OLD": "old"}, "OCTO_UNIQUE_KEY is not set"),
        ({"OCTO_UNIQUE_KEY": "new", "OCTO_UNIQUE_KEY_OLD": "change-me"}, "OCTO_UNIQUE_KEY_OLD is still"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN is too weak"),
        ({"TRUSTED_HOSTS": "https://pay.example.uz"}, "TRUSTED_HOSTS must be names"),
        ({"TRUSTED_HOSTS": "*"}, "TRUSTED_HOSTS must be names"),
        ({"TRUSTED_HOSTS": "pay.example.uz,"}, "TRUSTED_HOSTS must be names"),
    ],
)
def test_a_half_done_rotation_or_a_name_for_every_host_stops_the_start(changes: dict[str, str], named: str) -> None:
    (problem,) = problems(**changes)

    assert problem.startswith(named)


@pytest.mark.parametrize("name", ["DATABASE_URL", "JOBS_URL"])
@pytest.mark.parametrize(
    "value",
    [
        "foo",
        "sqlite://",
        "sqlite:///",
        "sqlite:var/books.db",
        "mysql://user:hidden@db/payments",
        "postgres+psycopg2://user:hidden@db/payments",
        "postgresql+psycopg2://user:hidden@db/payments",
        "postgresql://user:hidden@db:543a/payments",
        "postgresql://user:hidden@db:/payments",
        "postgresql://user:hidden@[::1]:65536/payments",
        "redis+x://:hidden@jobs",
    ],
)
def test_an_address_of_no_store_is_named_with_what_to_write_and_without_its_password(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})

    assert problem.startswith(f"{name} is no address of a store: write sqlite:///var/")
    assert "postgresql" in problem
    assert "hidden" not in problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite:////srv/books.db"),
        ("DATABASE_URL", "postgresql://user:p#ss/w?rd:1@db:5432/payments?sslmode=require"),
        ("DATABASE_URL", "postgresql+psycopg:///payments?host=/run/postgresql"),
        ("DATABASE_URL", "postgresql+psycopg://[::1]:5432/payments"),
        ("JOBS_URL", "postgresql://db/jobs"),
        ("JOBS_URL", "redis://:hidden@jobs:6379/1"),
        ("JOBS_URL", "rediss://jobs"),
    ],
)
def test_every_address_of_a_store_is_taken(name: str, value: str) -> None:
    assert value in (
        Settings.from_env(GOOD | {name: value}).database_url,
        Settings.from_env(GOOD | {name: value}).jobs_url,
    )


def test_a_service_is_called_by_the_name_of_its_public_address() -> None:
    assert Settings.from_env(GOOD).hosts == ["pay.example.uz", "localhost", "127.0.0.1"]
    assert Settings.from_env(GOOD | {"TRUSTED_HOSTS": ".example.uz"}).hosts[0] == ".example.uz"


def test_everything_that_is_missing_is_named_at_once_with_what_to_do() -> None:
    with pytest.raises(BadSettings) as refused:
        Settings.from_env({})
    message = str(refused.value)
    named = {problem.split()[0] for problem in refused.value.problems}

    assert named == set(GOOD)
    assert "secrets.token_urlsafe" in message
    assert "Integration" in message


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_value_counts_as_not_set(value: str) -> None:
    settings = Settings.from_env(GOOD | {"OCTO_UNIQUE_KEY": value, "LOG_LEVEL": value, "PAYMENT_METHODS": value})

    assert settings.octo_unique_key is None
    assert settings.log_level is LogLevel.INFO
    assert len(settings.payment_methods) == 3
    assert problems(SECRET_KEY=value)[0].startswith("SECRET_KEY is not set")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "prod"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("JWT_SECRET_KEY", "change-me-to-something-long-0123456789"),
        ("JWT_SECRET_KEY", GOOD["SECRET_KEY"]),
        ("PUBLIC_URL", "http://pay.example.uz"),
        ("PUBLIC_URL", "pay.example.uz"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://pay.example.uz/?a=1"),
        ("PUBLIC_URL", "https://user:pass@pay.example.uz"),
        ("PUBLIC_URL", "https://pay.example.uz:port"),
        ("PUBLIC_URL", "https://[pay"),
        ("FRONTEND_URL", "http://localhost:3000"),
        ("FRONTEND_URL", "javascript:alert(1)"),
        ("OCTO_API_URL", "http://secure.octo.uz"),
        ("OCTO_API_URL", "http://127.0.0.1.evil.example"),
        ("OCTO_API_URL", "http://10.0.0.1:9000"),
        ("OCTO_SHOP_ID", "shop"),
        ("OCTO_SHOP_ID", "0"),
        ("OCTO_SHOP_ID", "٣"),
        ("OCTO_SHOP_ID", "9" * 5000),
        ("OCTO_SECRET", "change-me-octo-secret"),
        ("OCTO_UNIQUE_KEY", "change-me-unique-key"),
        ("OCTO_TEST_MODE", "1"),
        ("OCTO_TEST_MODE", "yes"),
        ("OCTO_TIMEOUT_SECONDS", "0"),
        ("OCTO_TIMEOUT_SECONDS", "61"),
        ("OCTO_SIGNATURE", "none"),
        ("OCTO_EXP_ORDER", "yyyy"),
        ("PAYMENT_METHODS", "uzcard,cash"),
        ("PAYMENT_METHODS", ","),
        ("PAYMENT_TTL_MINUTES", "0"),
        ("PAYMENT_TTL_MINUTES", "1441"),
        ("PAYMENT_TTL_MINUTES", "1.5"),
        ("UZBEK_SCRIPT", "latin"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "11"),
        ("LOG_LEVEL", "LOUD"),
        ("GIVE_UP_AFTER_HOURS", "-1"),
        ("KEEP_EVENTS_DAYS", "29"),
        ("KEEP_CALLBACKS_DAYS", "36501"),
    ],
    ids=lambda text: text[:40],
)
def test_a_bad_value_is_named_and_nothing_else_is(name: str, value: str) -> None:
    found = problems(**{name: value})

    assert len(found) == 1
    assert found[0].startswith(f"{name} ")


def test_the_same_secret_twice_is_named_even_in_development() -> None:
    found = problems(ENVIRONMENT="development", JWT_SECRET_KEY=GOOD["SECRET_KEY"])

    assert found[0].startswith("JWT_SECRET_KEY is the same as SECRET_KEY")


def test_development_tolerates_plain_addresses_and_weak_secrets() -> None:
    plain = {
        "ENVIRONMENT": "development",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "FRONTEND_URL": "http://localhost:3000",
        "SECRET_KEY": "short",
        "JWT_SECRET_KEY": "another",
        "OCTO_API_URL": "http://localhost:9000",
    }

    assert Settings.from_env(GOOD | plain).is_development


def test_not_even_development_sends_cards_in_the_clear_to_another_machine() -> None:
    assert len(problems(ENVIRONMENT="development", OCTO_API_URL="http://octo.internal:9000")) == 1


SECRETS = ("SECRET_KEY", "JWT_SECRET_KEY", "OCTO_SECRET", "OCTO_UNIQUE_KEY", "DATABASE_URL", "JOBS_URL")


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_in_no_representation(name: str) -> None:
    marked = {secret: f"marked-{secret}-0123456789-abcdefghij" for secret in SECRETS}
    stores = {store: f"postgresql://user:{marked[store]}@db/name" for store in ("DATABASE_URL", "JOBS_URL")}
    settings = Settings.from_env(GOOD | marked | stores)

    assert marked[name] not in repr(settings) + str(settings)
    assert "4321" in repr(settings)


def test_secrets_are_in_no_message() -> None:
    marked = dict.fromkeys(("SECRET_KEY", "JWT_SECRET_KEY", "OCTO_SECRET", "OCTO_UNIQUE_KEY"), "change-me-marked")
    found = problems(**marked)

    assert len(found) == 5
    assert "marked" not in " ".join(found)


def test_settings_do_not_change() -> None:
    settings = Settings.from_env(GOOD)

    with pytest.raises(FrozenInstanceError):
        settings.octo_test_mode = True  # type: ignore[misc]


# ---- .env.example


def test_the_example_lists_exactly_the_variables_that_are_read() -> None:
    assert set(example()) == {f.name.upper() for f in fields(Settings)}


def test_each_variable_of_the_example_has_its_comment() -> None:
    text = EXAMPLE.read_text("utf-8")
    commented = re.findall(r"^# .+\n([A-Z_]+)=", text, re.MULTILINE)

    assert sorted(commented) == sorted(example())


def test_the_example_starts_in_development_as_it_is() -> None:
    assert Settings.from_env(example()).octo_test_mode


def test_the_example_does_not_start_in_production() -> None:
    with pytest.raises(BadSettings) as refused:
        Settings.from_env(example() | {"ENVIRONMENT": "production"})
    named = {problem.split()[0] for problem in refused.value.problems}

    assert named == {
        "SECRET_KEY",
        "JWT_SECRET_KEY",
        "OCTO_SECRET",
        "OCTO_UNIQUE_KEY",
        "PUBLIC_URL",
        "FRONTEND_URL",
    }
