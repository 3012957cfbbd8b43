"""`flask doctor`: is everything there that the service needs, is anything set that will be regretted, and how to mend it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import click

from domain.ports import Clock, Figures
from entrypoints.settings import Settings

# Of the five minutes that two clocks may differ, so that nothing of them is used up.
CLOCK_MAY_DIFFER: Final = timedelta(seconds=60)


class Level(StrEnum):
    FINE = "ok"
    DOUBTFUL = "warning"
    BROKEN = "ERROR"


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` is what to do about it."""

    level: Level
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """How the doctor looks inside. None of them raises.

    `refuses_writes` is the database's word for why it takes nothing, None where it does; `pending` names the migrations that it lacks,
    or is None where it cannot tell; `octo_time` is the time that OCTO's server tells with whatever it answers, None where it does not
    answer; `knows_shop` is whether OCTO takes the shop's number and secret, None where it does not say.
    """

    answers: Callable[[], bool]
    refuses_writes: Callable[[], str | None]
    pending: Callable[[], tuple[str, ...] | None]
    figures: Callable[[datetime], Figures]
    job_store: Callable[[], bool]
    octo_time: Callable[[], datetime | None]
    knows_shop: Callable[[], bool | None]
    clock: Clock


def doctor_command(settings: Settings, instruments: Instruments) -> click.Command:
    @click.command("doctor")
    @click.option("--octo/--no-octo", default=False, help="Also call OCTO: the clocks, and the shop's secret.")
    def doctor(*, octo: bool) -> None:
        """Look for what is missing, broken or unwise. Exit code 1 if something is broken."""
        broken = False
        for finding in examine(settings, instruments, octo=octo):
            click.echo(f"{finding.level:8} {finding.what}")
            if finding.mend:
                click.echo(f"         {finding.mend}")
            broken = broken or finding.level is Level.BROKEN
        if broken:
            raise click.exceptions.Exit(1)

    return doctor


def examine(settings: Settings, instruments: Instruments, *, octo: bool) -> Iterator[Finding]:
    yield from _database(settings, instruments)
    yield _job_store(instruments)
    if octo:
        yield from _octo(settings, instruments)
    yield from _doubts(settings)


def _database(settings: Settings, instruments: Instruments) -> Iterator[Finding]:
    if not instruments.answers():
        mend = "Look at DATABASE_URL, at the server's log, and at the free space of its disk."
        yield Finding(Level.BROKEN, "The database does not answer.", mend)
        return
    yield Finding(Level.FINE, "The database answers.")
    pending = instruments.pending()
    if pending is None:
        yield Finding(Level.BROKEN, "The database has no tables yet.", "Run: flask --app wsgi db upgrade")
        return
    if pending:
        what = f"The database lacks {len(pending)} migrations: {', '.join(pending)}."
        yield Finding(Level.BROKEN, what, "Run: flask --app wsgi db upgrade")
        return
    yield Finding(Level.FINE, "The tables are up to date.")
    if (why := instruments.refuses_writes()) is not None:
        mend = "Look at the free space of its disk, and at the rights of the file or the user. No payment can be begun until then."
        yield Finding(Level.BROKEN, f"The database takes nothing that is written: {why}.", mend)
        return
    yield Finding(Level.FINE, "The database takes what is written.")
    figures = instruments.figures(instruments.clock.now())
    if figures.payments_unasked or figures.callbacks_unapplied or figures.events_waiting:
        what = (
            f"Work is waiting: {figures.payments_unasked} payments, {figures.callbacks_unapplied} callbacks,"
            f" {figures.events_waiting} events."
        )
        yield Finding(
            Level.DOUBTFUL, what, "If it does not get less within minutes, no worker runs: flask --app wsgi worker"
        )
    if not settings.is_development and settings.database_url.startswith("sqlite"):
        mend = "It is fine for one machine. For several, or for a standby, set DATABASE_URL to a PostgreSQL."
        yield Finding(Level.DOUBTFUL, "The books are in an SQLite file.", mend)


def _job_store(instruments: Instruments) -> Finding:
    if instruments.job_store():
        return Finding(Level.FINE, "The job store answers.")
    mend = "Nothing is lost: payments settle within a minute. Look at JOBS_URL, and start a worker, which makes what is missing."
    return Finding(Level.DOUBTFUL, "The job store does not answer.", mend)


def _octo(settings: Settings, instruments: Instruments) -> Iterator[Finding]:
    theirs = instruments.octo_time()
    if theirs is None:
        mend = "Look at OCTO_API_URL, at the way out of this machine, and at its list of certificate authorities."
        yield Finding(Level.BROKEN, f"{settings.octo_api_url} does not answer.", mend)
        return
    apart = abs(theirs - instruments.clock.now())
    if apart > CLOCK_MAY_DIFFER:
        what = f"This machine's clock and OCTO's are {round(apart.total_seconds())} seconds apart."
        yield Finding(Level.DOUBTFUL, what, "Up to five minutes are borne. Let the clock be set over NTP.")
    else:
        yield Finding(Level.FINE, f"{settings.octo_api_url} answers, and the clocks agree.")
    match instruments.knows_shop():
        case True:
            yield Finding(Level.FINE, "OCTO takes OCTO_SHOP_ID and OCTO_SECRET.")
        case False:
            mend = "Take both from OCTO's merchant cabinet, Integration. Until then no payment can be begun, and none is settled."
            yield Finding(Level.BROKEN, "OCTO refuses OCTO_SHOP_ID or OCTO_SECRET.", mend)
        case None:
            mend = "OCTO_API_URL may be another server's, or OCTO is in trouble. The log says why: octo_did_not_answer."
            yield Finding(Level.BROKEN, f"{settings.octo_api_url} answers, but not as OCTO does.", mend)


def _doubts(settings: Settings) -> Iterator[Finding]:
    """What the settings allow and somebody may not have meant. What they do not allow has stopped the start."""
    for doubtful, what, mend in _DOUBTS:
        if doubtful(settings):
            yield Finding(Level.DOUBTFUL, what, mend)


_DOUBTS: Final[tuple[tuple[Callable[[Settings], bool], str, str], ...]] = (
    (
        lambda s: s.is_development and urlsplit(s.public_url).hostname not in ("127.0.0.1", "localhost", "::1"),
        "ENVIRONMENT is development, although PUBLIC_URL is not this machine.",
        "Weak secrets and plain http are tolerated now. Set ENVIRONMENT=production.",
    ),
    (
        lambda s: not s.octo_keys,
        "OCTO_UNIQUE_KEY is not set: no callback can be verified, each one only causes a status read.",
        "Ask OCTO's support for the key, and set it.",
    ),
    (
        lambda s: s.octo_test_mode and not s.is_development,
        "OCTO_TEST_MODE is true: no money moves.",
        "For real payments set OCTO_TEST_MODE=false.",
    ),
    (
        lambda s: not s.is_development and s.trusted_proxies == 0,
        "TRUSTED_PROXIES is 0, although this server speaks no TLS itself.",
        "Set it to the number of your proxies: otherwise all callers have the proxy's address, and wait for each other's failures.",
    ),
    (
        lambda s: s.jwt_secret_key_old is not None,
        "JWT_SECRET_KEY_OLD is still set.",
        "35 minutes after the change no token of the old key counts any more: remove it.",
    ),
    (
        lambda s: s.secret_key_old is not None,
        "SECRET_KEY_OLD is still set.",
        "Run `flask secrets reseal`; when it says that the old key may go, remove it a week after the change.",
    ),
    (
        lambda s: s.octo_unique_key_old is not None,
        "OCTO_UNIQUE_KEY_OLD is still set.",
        "Once OCTO signs with the new key, remove the old one.",
    ),
    (
        lambda s: s.metrics_token is None,
        "METRICS_TOKEN is not set: nobody can read /metrics, and nobody is alerted.",
        "Set one, and let Prometheus show it.",
    ),
    (
        lambda s: s.give_up_after_hours == 0,
        "GIVE_UP_AFTER_HOURS is 0: a payment that OCTO keeps open stays open until a person closes it.",
        "Watch octo_payments_overdue, or set a number of hours.",
    ),
)
