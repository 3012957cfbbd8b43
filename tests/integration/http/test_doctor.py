"""`flask doctor`: each finding with what to do about it, over instruments that tell what they are told to, and over the real ones."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from domain.ports import Figures
from entrypoints.bootstrap import build
from entrypoints.doctor import Instruments, Level, doctor_command, examine
from entrypoints.settings import Settings
from tests.fakes.world import START, FakeClock
from tests.integration.http.shop import ENVIRONMENT

CALM = Figures(
    payments_open=1,
    payments_processing=0,
    payments_overdue=0,
    holds_overdue=0,
    payments_in_review=0,
    payments_unasked=0,
    callbacks_unapplied=0,
    events_waiting=0,
)
HEALTHY = Instruments(
    answers=lambda: True,
    refuses_writes=lambda: None,
    pending=lambda: (),
    figures=lambda at: CALM,
    job_store=lambda: True,
    octo_time=lambda: START,
    knows_shop=lambda: True,
    clock=FakeClock(),
)
PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k3y-one-0123456789-abcdefghijklmnopqrstuv",
    "JWT_SECRET_KEY": "k3y-two-0123456789-abcdefghijklmnopqrstuv",
    "PUBLIC_URL": "https://pay.example.uz",
    "FRONTEND_URL": "https://shop.example.uz",
    "OCTO_SHOP_ID": "4321",
    "OCTO_SECRET": "s3cret-of-octo",
    "OCTO_UNIQUE_KEY": "un1que-of-octo",
    "OCTO_TEST_MODE": "false",
    "TRUSTED_PROXIES": "1",
    "DATABASE_URL": "postgresql+psycopg://user:password@db/payments",
    "METRICS_TOKEN": "k3y-for-metrics-0123456789-abcdefghijklmn",
}


def found(instruments: Instruments = HEALTHY, **changes: str) -> list[tuple[Level, str, str]]:
    settings = Settings.from_env(PRODUCTION | changes)
    findings = examine(settings, instruments, octo=True)
    return [(f.level, f.what, f.mend) for f in findings if f.level is not Level.FINE]


def test_in_good_health_there_is_nothing_to_mend() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("instruments", "level", "what", "mend"),
    [
        (replace(HEALTHY, answers=lambda: False), Level.BROKEN, "does not answer", "DATABASE_URL"),
        (
            replace(HEALTHY, refuses_writes=lambda: "OperationalError SQLITE_FULL"),
            Level.BROKEN,
            "SQLITE_FULL",
            "free space",
        ),
        (replace(HEALTHY, pending=lambda: None), Level.BROKEN, "no tables", "db upgrade"),
        (replace(HEALTHY, pending=lambda: ("0007", "0008")), Level.BROKEN, "0007, 0008", "db upgrade"),
        (
            replace(HEALTHY, figures=lambda at: replace(CALM, payments_unasked=3)),
            Level.DOUBTFUL,
            "3 payments",
            "worker",
        ),
        (replace(HEALTHY, figures=lambda at: replace(CALM, events_waiting=3)), Level.DOUBTFUL, "3 events", "worker"),
        (replace(HEALTHY, job_store=lambda: False), Level.DOUBTFUL, "job store", "JOBS_URL"),
        (
            replace(HEALTHY, octo_time=lambda: None),
            Level.BROKEN,
            "https://secure.octo.uz does not answer",
            "OCTO_API_URL",
        ),
        (replace(HEALTHY, knows_shop=lambda: False), Level.BROKEN, "refuses OCTO_SHOP_ID or OCTO_SECRET", "cabinet"),
        (replace(HEALTHY, knows_shop=lambda: None), Level.BROKEN, "not as OCTO does", "octo_did_not_answer"),
        (replace(HEALTHY, octo_time=lambda: START - timedelta(minutes=3)), Level.DOUBTFUL, "180 seconds apart", "NTP"),
    ],
)
def test_what_is_missing_is_named_with_how_to_mend_it(
    instruments: Instruments, level: Level, what: str, mend: str
) -> None:
    ((found_level, found_what, found_mend),) = found(instruments)

    assert found_level is level
    assert what in found_what
    assert mend in found_mend


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"ENVIRONMENT": "development"}, "ENVIRONMENT is development"),
        ({"OCTO_UNIQUE_KEY": ""}, "no callback can be verified"),
        ({"OCTO_TEST_MODE": "true"}, "no money moves"),
        ({"TRUSTED_PROXIES": "0"}, "TRUSTED_PROXIES is 0"),
        ({"JWT_SECRET_KEY_OLD": "k3y-old-0123456789-abcdefghijklmnopqrstuv"}, "JWT_SECRET_KEY_OLD is still set"),
        ({"SECRET_KEY_OLD": "k3y-old-0123456789-abcdefghijklmnopqrstuv"}, "SECRET_KEY_OLD is still set"),
        ({"OCTO_UNIQUE_KEY_OLD": "un1que-before"}, "OCTO_UNIQUE_KEY_OLD is still set"),
        ({"METRICS_TOKEN": ""}, "nobody is alerted"),
        ({"GIVE_UP_AFTER_HOURS": "0"}, "until a person closes it"),
        ({"DATABASE_URL": "sqlite:///books.db"}, "SQLite file"),
    ],
)
def test_what_somebody_may_not_have_meant_is_said(changes: dict[str, str], what: str) -> None:
    ((level, found_what, mend),) = found(HEALTHY, **changes)

    assert level is Level.DOUBTFUL
    assert what in found_what
    assert mend


def test_octo_is_called_only_when_it_is_asked_for() -> None:
    def never() -> datetime | None:
        raise AssertionError

    settings = Settings.from_env(PRODUCTION)

    assert list(examine(settings, replace(HEALTHY, octo_time=never), octo=False))


@pytest.mark.parametrize(("answers", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_is_for_programs(answers: bool, code: int) -> None:
    command = doctor_command(Settings.from_env(PRODUCTION), replace(HEALTHY, answers=lambda: answers))
    result = CliRunner().invoke(command, [])

    assert result.exit_code == code
    assert "database" in result.output


def test_the_real_instruments_tell_of_a_service_before_and_after_its_migration(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/books.db",
        "JOBS_URL": f"sqlite:///{tmp_path}/jobs.db",
        "OCTO_API_URL": "http://127.0.0.1:1",
    }
    runner = build(Settings.from_env(ENVIRONMENT | given)).test_cli_runner()
    before = runner.invoke(args=["doctor", "--octo"])
    runner.invoke(args=["db", "upgrade"])
    after = runner.invoke(args=["doctor"])

    assert (before.exit_code, after.exit_code) == (1, 0)
    assert "no tables yet" in before.output
    assert "http://127.0.0.1:1 does not answer" in before.output
    assert "The tables are up to date." in after.output
    assert "The job store answers." in after.output
