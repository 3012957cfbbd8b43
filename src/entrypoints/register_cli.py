"""`flask register`: every sum of a day, to be laid beside OCTO's register of the same day."""

import csv
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import click

from domain.money import Currency, to_major
from domain.ports import Clients, Entry, Register
from domain.register import FIRST_DAY, LAST_DAY, TASHKENT, LineKind, bounds

# A spreadsheet takes a text that begins so for a formula, and a shop's reference may be any text.
_FORMULAS: Final = ("=", "+", "-", "@", "\t")
COLUMNS: Final = (
    "kind",
    "time",
    "time_from",
    "client",
    "order",
    "reference",
    "order_status",
    "shop_transaction_id",
    "shop_refund_id",
    "octo_transaction_id",
    "octo_refund_id",
    "rrn",
    "masked_card",
    "card_type",
    "currency",
    "amount",
    "net",
    "commission",
    "test",
    "reviews",
    "to_be_looked_at",
)
_DAY: Final = click.DateTime(formats=["%Y-%m-%d"])


@dataclass
class _Totals:
    """Sums of one currency in minor units; those of test payments are apart."""

    charges: int = 0
    charged_minor: int = 0
    refunds: int = 0
    refunded_minor: int = 0
    net_minor: int = 0
    commission_minor: int = 0
    without_net: int = 0

    def count(self, entry: Entry) -> None:
        if entry.line.kind is LineKind.REFUND:
            self.refunds += 1
            self.refunded_minor += entry.line.amount_minor
            return
        self.charges += 1
        self.charged_minor += entry.line.amount_minor
        self.net_minor += entry.net_minor or 0
        self.commission_minor += entry.commission_minor or 0
        self.without_net += entry.net_minor is None

    def __str__(self) -> str:
        in_all = to_major(self.charged_minor + self.refunded_minor)
        told = f"net {to_major(self.net_minor)}, commission {to_major(self.commission_minor)}"
        untold = f" without {self.without_net} whose net OCTO has not told" if self.without_net else ""
        charges = f"charges {self.charges}: {to_major(self.charged_minor)}"
        return f"{charges}; refunds {self.refunds}: {to_major(self.refunded_minor)}; in all {in_all}; {told}{untold}"


def register_command(register: Register, clients: Clients) -> click.Command:
    @click.command("register")
    @click.option("--date", "first", type=_DAY, required=True, help="A day in Tashkent: 2026-11-29.")
    @click.option("--until", "last", type=_DAY, help="The last day, if there are more.")
    @click.option("--client", "client_id", help="Of this client only.")
    @click.option("--format", "_form", type=click.Choice(["csv"]), default="csv", show_default=True)
    @click.option("--totals", is_flag=True, help="The totals alone.")
    def run(first: datetime, last: datetime | None, client_id: str | None, _form: str, *, totals: bool) -> None:
        """Print every charge and refund of a day, and on standard error the totals of each currency."""
        since, until = bounds(*_days(first.date(), (last or first).date()))
        if client_id is not None and clients.find(client_id) is None:
            raise click.ClickException(f"There is no client {client_id}; `flask clients list` shows all.")
        written = csv.writer(sys.stdout, lineterminator="\n")
        if not totals:
            written.writerow(COLUMNS)
        counted: dict[tuple[Currency, bool], _Totals] = defaultdict(_Totals)
        for entry in register.entries(since, until, client_id):
            counted[entry.currency, entry.test].count(entry)
            if not totals:
                written.writerow(_row(entry))
        for (currency, test), sums in sorted(counted.items()):
            click.echo(f"{currency}{' (test)' if test else ''}: {sums}", err=True)

    return run


def _days(first: date, last: date) -> tuple[date, date]:
    if not FIRST_DAY <= first <= last <= LAST_DAY:
        raise click.ClickException(f"--until is a day after --date, and both are days from {FIRST_DAY} to {LAST_DAY}.")
    return first, last


def _row(entry: Entry) -> list[str]:
    line, facts = entry.line, entry.facts
    texts = (
        line.kind.value,
        line.at.astimezone(TASHKENT).isoformat(timespec="seconds"),
        "octo" if line.told_at else "learned",
        line.client_id,
        entry.order_id,
        entry.reference,
        entry.order_status.value,
        line.shop_transaction_id,
        line.shop_refund_id,
        entry.octo_transaction_id,
        entry.octo_refund_id,
        facts.rrn,
        facts.masked_card,
        facts.card_type,
        entry.currency.value,
    )
    sums = (line.amount_minor, entry.net_minor, entry.commission_minor)
    reviews = (" ".join(entry.reviews), " ".join(entry.reviews_left))
    return [_cell(text) for text in texts] + [_sum(minor) for minor in sums] + ["yes" if entry.test else "no", *reviews]


def _cell(text: str | None) -> str:
    return f"'{text}" if text and text.startswith(_FORMULAS) else text or ""


def _sum(minor: int | None) -> str:
    return "" if minor is None else str(to_major(minor))
