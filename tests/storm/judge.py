"""Our books against OCTO's own: what is charged, held, captured, given back, kept as a card, and told to the shop."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from domain.books import Books
from domain.card_moves import CardStatus
from domain.journal import MerchantEvent
from domain.money import to_minor
from domain.moves import Status
from domain.order import OrderStatus
from domain.receipt import ReceiptState
from domain.refund import OperationStatus
from domain.saved_card import NEVER_LEFT, SavedCard
from domain.transaction import PaymentTransaction, Review
from tests.fakes.world import SCOPE, SEALED, World
from tests.storm.octo import StormyOcto

Rule = tuple[str, bool]

# Of a refund that OCTO took and did not carry out.
DEAD: Final = ("canceled", "failed", "error")
# The service names its cards by numbers of their own in a storm.
MANY: Final = 100


class Judge:
    """`octos_doing`: OCTO charges twice of its own accord, having called a payment canceled, or at every `pay`."""

    def __init__(self, world: World, octo: StormyOcto, order_id: str, *, octos_doing: bool) -> None:
        self._world, self._octo = world, octo
        self._books: Books = world.orders.get(order_id, SCOPE)
        self._octos_doing = octos_doing
        with world.database.units() as unit:
            self._news: list[MerchantEvent] = list(unit.outbox.waiting(1000))
            self._trail = unit.audit.of_order(self._books.order.id)
            found = (unit.cards.by_id(f"card_{number}") for number in range(1, MANY))
            self._cards: list[SavedCard] = [card for card in found if card is not None]

    def violations(self) -> list[str]:
        rules = (
            self._payments,
            self._calls,
            self._refunds,
            self._holds,
            self._kept_cards,
            self._receipts,
            self._audited,
        )
        return [rule for check in rules for rule, holds in check() if not holds]

    def _payments(self) -> Iterator[Rule]:
        all_, successes = self._books.transactions, self._successes
        charged = self._charges()
        # Whoever closes by hand what OCTO has not resolved may let the payer pay once more.
        closed_by_hand = any(Review.GIVEN_UP in t.reviews for t in all_)
        yield "G1: charged once", sum(charged.values()) <= 1 or self._octos_doing or closed_by_hand
        flagged = sum(Review.SECOND_CHARGE in t.reviews for t in successes)
        yield "G1: a second charge is flagged", flagged >= len(successes) - 1
        yield "G2: one live attempt", sum(t.is_live for t in all_) <= 1
        yield "G3, G4: a success for each charge", {t.shop_transaction_id for t in successes} == set(charged)
        paid = self._books.order.status in (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED)
        yield "G6: paid if there is a success", paid == bool(successes)
        told = Counter(event.type for event in self._news)
        yield "G12: told of each success once", told["payment.succeeded"] == len(successes)
        yield "G16: nothing open is forgotten", all(t.next_check_at for t in all_ if t.is_live)

    def _calls(self) -> Iterator[Rule]:
        """What leaves once was intended each time."""
        intents = Counter(event.after.get("in_flight") for event in self._trail)
        sent = sum(t.cards_sent for t in self._books.transactions)
        yield "G8: a card is sent once", self._octo.count("pay") <= sent
        yield "G8: a code is sent once", self._octo.count("check_sms_key") <= intents["otp"]
        decided = intents["capture"] + intents["release"]
        yield "G8: a decision about a hold is sent once", self._octo.count("set_accept") <= decided
        codes = sum(t.codes_sent for t in self._books.transactions)
        yield "G8: a new code is asked for once", self._octo.count("check_pan") <= codes
        yield "G8: a card is bound once", self._octo.count("bind_card") <= len(self._cards)

    def _refunds(self) -> Iterator[Rule]:
        keys = [r.request_key for t in self._books.transactions for r in t.refunds.refunds]
        yield "G9: one refund for each request", len(keys) == len(set(keys))
        for t in self._books.transactions:
            known = self._octo.payment(t.shop_transaction_id) or {"refunds": [], "refunded_sum": Decimal(0)}
            theirs = {refund["shop_refund_id"]: refund for refund in known["refunds"]}
            ours = {o.shop_refund_id: o for r in t.refunds.refunds for o in r.operations}
            yield "G15: what was refunded", to_minor(known["refunded_sum"]) == t.refunded_minor
            yield "G15: no refund but those asked for", set(theirs) <= set(ours)
            yield "G16: no refund is left half done", t.refunds.next_operation is None
            for key, operation in ours.items():
                one = theirs.get(key)
                done = one is not None and one["status"] == "succeeded"
                yield "a refund is done here and there", done == (operation.status is OperationStatus.SUCCEEDED)
                dead = one is None or one["status"] in DEAD
                yield "a refund that failed here failed there", dead or operation.status is not OperationStatus.FAILED
                equal = one is None or to_minor(one["amount"]) == operation.amount_minor
                yield "a refund's sum is the one asked for", equal

    def _holds(self) -> Iterator[Rule]:
        entries = self._octo.ledger()
        for t in self._books.transactions:
            known = self._octo.payment(t.shop_transaction_id)
            if known is None:
                continue
            yield "nothing stays held of what has ended", t.is_live or known["held"] == 0
            captured = [to_minor(e["amount"]) for e in _of(entries, t) if e["kind"] == "capture"]
            yield "captured once", len(captured) <= 1
            yield "captured only what was decided here", self._octos_doing or set(captured) <= set(t.captures_asked)
            if t.status is Status.SUCCESS and not self._octos_doing:
                kept = (t.captured_minor or 0) - t.refunded_minor
                yield "G15: what the shop has of it", to_minor(known["taken"]) == kept

    def _kept_cards(self) -> Iterator[Rule]:
        bindings, entries = self._octo.bindings(), self._octo.ledger()
        told = Counter(event.data["saved_card"]["id"] for event in self._news if event.type == "saved_card.active")
        yield "no binding but those begun here", set(bindings) <= {card.id for card in self._cards}
        begun = [card.request_key for card in self._cards if card.request_key and card.error_code != NEVER_LEFT]
        yield "G9: one card for each request", len(begun) == len(set(begun))
        for card in self._cards:
            token = bindings[card.id].token if card.id in bindings else None
            active = card.status is CardStatus.ACTIVE
            yield "a card that is active has its token", not active or _is_of(card, token)
            yield "a token that is active is known here", token is None or token.status != "active" or active
            yield "of a card that ended no token is kept", active or card.token_sealed is None
            yield "no card is left half bound", not card.is_pending and card.next_check_at is None
            yield "G12: told of each card once", told[card.id] <= 1 and (told[card.id] == 1 or not active)
            trial = [e["amount"] * (1 if e["kind"] == "debit" else -1) for e in entries if _is_about(e, card.id)]
            yield "a card's proof costs nothing", sum(trial) == 0

    def _receipts(self) -> Iterator[Rule]:
        fiscal = self._books.order.is_fiscal
        for t in self._successes:
            receipt = self._books.receipt_of(t.shop_transaction_id)
            yield "a receipt is awaited where the order is fiscal", (receipt is not None) == fiscal
            if receipt is not None:
                yield "G16: the receipt came", receipt.state is ReceiptState.READY
                given = receipt.fiscal_data.receipt_id if receipt.fiscal_data else None
                yield "the receipt is OCTO's", given == self._octo.receipt_of(t.shop_transaction_id)
        told = Counter(event.type for event in self._news)
        ready = sum(r.state is ReceiptState.READY for r in self._books.receipts)
        yield "G12: told of each receipt once", told["receipt.ready"] == ready

    def _audited(self) -> Iterator[Rule]:
        """What `flask audit` would say, where the database is one."""
        audit = getattr(self._world.database, "audit", None)
        for finding in audit.findings(self._world.clock.now()) if audit else ():
            # Without OCTO's word a payment may stay open for ever: an alert, not a loss.
            yield f"{finding.guarantee}: {finding.offence}", not finding.ids or finding.guarantee == "G16"

    @property
    def _successes(self) -> list[PaymentTransaction]:
        return [t for t in self._books.transactions if t.status is Status.SUCCESS]

    def _charges(self) -> Counter[str]:
        """How often each attempt was charged; what OCTO gave back by canceling is not taken."""
        keys = {t.shop_transaction_id for t in self._books.transactions}
        known = {key: payment for key in keys if (payment := self._octo.payment(key))}
        entries = [
            e for e in self._octo.ledger() if e["kind"] in ("debit", "capture") and e["shop_transaction_id"] in known
        ]
        charged = (e["shop_transaction_id"] for e in entries)
        return Counter(key for key in charged if known[key]["status"] != "canceled")


def _of(entries: list[dict[str, Any]], t: PaymentTransaction) -> list[dict[str, Any]]:
    return [e for e in entries if _is_about(e, t.shop_transaction_id)]


def _is_about(entry: dict[str, Any], key: str) -> bool:
    return bool(entry["shop_transaction_id"] == key)


def _is_of(card: SavedCard, token: Any) -> bool:
    return token is not None and SEALED.of(card).text == token.value
