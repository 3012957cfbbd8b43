"""The commands of whoever runs the service: `flask audit`, `flask payments …`, `… limits …`, `… cards …` and `… secrets …`."""

from collections.abc import Mapping
from typing import Final

import click
import structlog
from flask.cli import AppGroup

from domain.books import captured
from domain.journal import Cause, Why
from domain.money import Money
from domain.ports import Audit, Clock, Reviews
from domain.transaction import PaymentTransaction
from domain.use_cases.limiting import Limiting
from domain.use_cases.operating import Operating
from domain.use_cases.resealing import Resealing
from domain.use_cases.saved_cards import SavingCards
from entrypoints.people import operator, reason_option, told_to_people

MOST_SHOWN: Final = 100

log: Final = structlog.get_logger()


def audit_command(audit: Audit, clock: Clock) -> click.Command:
    @click.command("audit")
    def run() -> None:
        """Check the books against the guarantees, one query each. Exit code 1 if one of them does not hold."""
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
        with told_to_people():
            _print(operating.look(shop_transaction_id))

    @group.command("ask")
    @click.argument("shop_transaction_id")
    def ask(shop_transaction_id: str) -> None:
        """Ask OCTO about a payment now."""
        with told_to_people():
            _print(operating.ask_again(shop_transaction_id, operator=operator()))

    @group.command("close")
    @click.argument("shop_transaction_id")
    @reason_option("why, and what OCTO's support said.")
    def close(shop_transaction_id: str, reason: str) -> None:
        """Close a payment as failed. A success that still comes is taken, and flagged; a hold that OCTO still has is given back."""
        with told_to_people():
            _print(operating.close(shop_transaction_id, operator=operator(), reason=reason))

    @group.command("give-up-refund")
    @click.argument("shop_transaction_id")
    @reason_option("that OCTO's register has no such refund.")
    def give_up_refund(shop_transaction_id: str, reason: str) -> None:
        """End the refund under way as failed, so that another can be asked for. Look at OCTO's register first."""
        with told_to_people():
            _print(operating.give_up_refund(shop_transaction_id, operator=operator(), reason=reason))

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
    @reason_option("what was found, and what was done about it.")
    def reviewed(shop_transaction_id: str, reason: str) -> None:
        """Say that you have looked at what is flagged of a payment. Another flag later shows up again."""
        with told_to_people():
            _print(operating.reviewed(shop_transaction_id, operator=operator(), reason=reason))


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
            log.warning("limit_unlocked", limit=tally.limit.value, subject=tally.subject, actor=operator())
            click.echo(f"{tally.limit} of {tally.subject} counts from nothing again.")

    return group


def cards_commands(saving: SavingCards) -> AppGroup:
    group = AppGroup("cards", help="The cards that customers have saved.")

    @group.command("show")
    @click.argument("card_id")
    def show(card_id: str) -> None:
        """Print what is known of a saved card, and what has happened to it."""
        with told_to_people():
            card, events = saving.trail(card_id)
        click.echo(f"{card.id}  {card.status}  {card.first6}******{card.last4}  {card.scheme}")
        _print_details(
            {
                "client": f"{card.owner.client_id}/{card.owner.subject}",
                "customer": card.customer_user_id,
                "saved": card.created_at,
                "octo": card.octo_binding_id,
                "in flight": card.in_flight,
                "token": "kept" if card.token_sealed else None,
                "why": card.error_code,
                "next check": card.next_check_at,
            }
        )
        for event in events:
            changes = ", ".join(f"{name} {event.before.get(name)} → {now}" for name, now in event.after.items())
            click.echo(f"  {event.at:%Y-%m-%d %H:%M:%S}  {event.cause.why} {event.cause.actor or ''}  {changes}")

    return group


def secrets_commands(resealing: Resealing) -> AppGroup:
    group = AppGroup("secrets", help="What is kept encrypted with SECRET_KEY.")

    @group.command("reseal")
    def reseal() -> None:
        """Encrypt all that is kept encrypted with the SECRET_KEY in use, after it was changed. May be run again at any time.

        Exit code 1 if something cannot be read.
        """
        found = {
            "tokens of saved cards": resealing.card_tokens(Cause(Why.OPERATOR, operator())),
            "secrets of webhook endpoints": resealing.webhook_secrets(),
            "shared keys of issuers": resealing.issuers_keys(),
        }
        for what, resealed in found.items():
            click.echo(f"{resealed.done} {what} are encrypted with the SECRET_KEY in use.")
            for key in resealed.unreadable[:MOST_SHOWN]:
                click.echo(f"       cannot be read: {key}")
        lost = {what: len(resealed.unreadable) for what, resealed in found.items() if resealed.unreadable}
        if lost:
            counted = ", ".join(f"{number} {what}" for what, number in lost.items())
            raise click.ClickException(
                f"Neither SECRET_KEY nor SECRET_KEY_OLD opens {counted}. Put the key that does into SECRET_KEY_OLD and run this again,"
                " or renew them: docs/operations.md, Keys."
            )
        click.echo("SECRET_KEY_OLD may go a week after the change: until then repeats of requests are known by it.")

    return group


def _print(t: PaymentTransaction) -> None:
    click.echo(f"{t.shop_transaction_id}  {t.stage}  {t.amount}{'  (test)' if t.test else ''}")
    _print_details(
        {
            "order": t.order_id,
            "octo": t.octo_transaction_id,
            "captured": captured(t) if t.captured_minor else None,
            "refunded": Money(t.refunded_minor, t.amount.currency) if t.captured_minor else None,
            "net": None if t.net_minor is None else Money(t.net_minor, t.amount.currency),
            "paid at": t.facts.paid_at,
            "rrn": t.facts.rrn,
            "card": t.facts.masked_card,
            "in flight": t.in_flight,
            "octo's last word": t.octo_final,
            "why": t.error_code,
            "review": ", ".join(t.reviews) or None,
            "not looked at": ", ".join(t.reviews_left) or None,
            "expires": t.expires_at,
            "held since": t.held_at if t.held else None,
            "next check": t.next_check_at,
        }
    )


def _print_details(details: Mapping[str, object]) -> None:
    for name, value in details.items():
        if value is not None:
            click.echo(f"  {name:17} {value}")
