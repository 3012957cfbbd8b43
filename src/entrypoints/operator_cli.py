"""The commands of whoever runs the service: `flask audit`, `flask payments …` and `flask limits …`."""

import getpass
from typing import Final

import click
import structlog
from flask.cli import AppGroup

from domain.errors import Refusal
from domain.journal import Cause, Why
from domain.ports import Audit, Clock, Reviews
from domain.transaction import PaymentTransaction
from domain.use_cases.card_tokens import ResealingTokens
from domain.use_cases.limiting import Limiting
from domain.use_cases.operating import Operating

MOST_SHOWN: Final = 100

log: Final = structlog.get_logger()


def audit_command(audit: Audit, clock: Clock) -> click.Command:
    @click.command("audit")
    def run() -> None:
        """Check the books against every guarantee, one query each. Exit code 1 if one of them does not hold."""
        broken = 0
        for finding in audit.findings(clock.now()):
            state = f"{len(finding.ids)} × {finding.offence}" if finding.ids else "holds"
            click.echo(f"{finding.guarantee:4} {state}")
            for key in finding.ids:
                click.echo(f"       {key}")
            broken += bool(finding.ids)
        if broken:
            raise click.ClickException(
                f"{broken} guarantees do not hold. `flask payments show ID` tells more of a payment, and its timeline is at"
                " /api/orders/{order_id}/payment/events/."
            )

    return run


def payments_commands(operating: Operating, reviews: Reviews) -> AppGroup:
    group = AppGroup("payments", help="Payments, for a person: look, ask OCTO again, close what it never resolved.")

    @group.command("show")
    @click.argument("shop_transaction_id")
    def show(shop_transaction_id: str) -> None:
        """Print what is known of a payment."""
        try:
            _print(operating.look(shop_transaction_id))
        except Refusal as refusal:
            raise _explained(refusal) from None

    @group.command("ask")
    @click.argument("shop_transaction_id")
    def ask(shop_transaction_id: str) -> None:
        """Ask OCTO about a payment now."""
        try:
            _print(operating.ask_again(shop_transaction_id, _operator()))
        except Refusal as refusal:
            raise _explained(refusal) from None

    @group.command("close")
    @click.argument("shop_transaction_id")
    @click.option("--reason", required=True, help="For the audit trail: why, and what OCTO's support said.")
    def close(shop_transaction_id: str, reason: str) -> None:
        """Close a payment as failed. A success that still comes is taken, and flagged; a hold that OCTO still has is given back."""
        try:
            _print(operating.close(shop_transaction_id, _operator(), reason))
        except Refusal as refusal:
            raise _explained(refusal) from None

    _add_reviews(group, operating, reviews)
    return group


def _add_reviews(group: AppGroup, operating: Operating, reviews: Reviews) -> None:
    @group.command("in-review")
    def in_review() -> None:
        """Print the payments that a person has to look at, oldest first, a hundred of them at most."""
        for flagged in reviews.waiting(MOST_SHOWN):
            click.echo(f"{flagged.shop_transaction_id}  {', '.join(flagged.reviews)}")

    @group.command("reviewed")
    @click.argument("shop_transaction_id")
    @click.option("--reason", required=True, help="For the audit trail: what was found, and what was done about it.")
    def reviewed(shop_transaction_id: str, reason: str) -> None:
        """Say that you have looked at what is flagged of a payment. Another flag later shows up again."""
        try:
            _print(operating.reviewed(shop_transaction_id, _operator(), reason))
        except Refusal as refusal:
            raise _explained(refusal) from None


def limits_commands(limiting: Limiting) -> AppGroup:
    group = AppGroup("limits", help="What may be tried only so often: cards, codes, a card on several orders.")

    @group.command("locked")
    def locked() -> None:
        """Print what takes no more tries at the moment: the limit, what it counts for, since when."""
        for tally in limiting.locked():
            click.echo(f"{tally.limit:19} {tally.subject}  {tally.marks[-1].at:%Y-%m-%d %H:%M} UTC")

    @group.command("unlock")
    @click.argument("subject")
    def unlock(subject: str) -> None:
        """Forget what was counted for a client, an order (with its payments and cards), a payment, or a card as `locked` prints it."""
        forgotten = limiting.unlock(subject)
        if not forgotten:
            raise click.ClickException(f"Nothing is counted for {subject}; `flask limits locked` shows what is locked.")
        for tally in forgotten:
            log.warning("limit_unlocked", limit=tally.limit.value, subject=tally.subject, actor=_operator())
            click.echo(f"{tally.limit} of {tally.subject} counts from nothing again.")

    return group


def cards_commands(resealing: ResealingTokens) -> AppGroup:
    group = AppGroup("cards", help="The cards that customers have saved.")

    @group.command("reseal")
    def reseal() -> None:
        """Encrypt all tokens with the SECRET_KEY in use. Afterwards SECRET_KEY_OLD may go."""
        done, unreadable = resealing.reseal(Cause(Why.OPERATOR, _operator()))
        click.echo(f"{done} tokens are encrypted with the SECRET_KEY in use.")
        if unreadable:
            raise click.ClickException(
                f"{unreadable} can be read with neither key: their customers have to save them again."
            )

    return group


def _print(t: PaymentTransaction) -> None:
    click.echo(f"{t.shop_transaction_id}  {t.stage}  {t.amount}{'  (test)' if t.test else ''}")
    details = {
        "order": t.order_id,
        "octo": t.octo_transaction_id,
        "in flight": t.in_flight,
        "octo's last word": t.octo_final,
        "why": t.error_code,
        "review": ", ".join(t.reviews) or None,
        "not looked at": ", ".join(t.reviews_left) or None,
        "expires": t.expires_at,
        "held since": t.held_at if t.held else None,
        "next check": t.next_check_at,
    }
    for name, value in details.items():
        if value is not None:
            click.echo(f"  {name:17} {value}")


def _operator() -> str:
    return f"operator {getpass.getuser()}"


def _explained(refusal: Refusal) -> click.ClickException:
    facts = ", ".join(f"{name}: {value}" for name, value in refusal.facts.items())
    return click.ClickException(f"{refusal.code}{f' ({facts})' if facts else ''}")
