"""The use cases over fakes: a shop, a payer and OCTO without any I/O, and a clock that moves when it is told to."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.books import Books
from domain.card import Card, OneTimeCode
from domain.errors import ForgedCallback
from domain.journal import Cause, Why
from domain.money import Currency, Money
from domain.moves import Word
from domain.order import Order, Owner, Scope
from domain.ports import Callback, Chore
from domain.refund import RefundPolicy
from domain.report import NOTHING_KNOWN, Facts, Report, Source
from domain.saved_card import SavedCardId
from domain.transaction import Capture, Mode, OrderId, PaymentTransaction
from domain.use_cases.asking import Asking
from domain.use_cases.card_tokens import CardCallbacks, RevokingCards, SealedTokens
from domain.use_cases.changing import Changing
from domain.use_cases.changing_cards import ChangingCards
from domain.use_cases.holds import Holds
from domain.use_cases.limiting import Limiting
from domain.use_cases.merchant_events import MerchantEvents
from domain.use_cases.notifications import Notifications
from domain.use_cases.operating import Operating
from domain.use_cases.orders import NewOrder, Orders
from domain.use_cases.payments import Payments, TermsPolicy
from domain.use_cases.receipts import Receipts
from domain.use_cases.refunding import Refunding
from domain.use_cases.resending import Resending
from domain.use_cases.saved_cards import BindingPolicy, SavingCards
from domain.use_cases.sending_cards import CardSending
from domain.use_cases.settlement import Settlement
from domain.use_cases.token_payments import TokenPayments
from tests.fakes.cards import FakeCardGateway, PlainSecrets, ScriptedTokenReader
from tests.fakes.gateway import FakeGateway
from tests.fakes.memory import MemoryDatabase
from tests.fakes.merchant import CountedKeys, ListeningOperator, ReversingSealer, ScriptedSender

START: Final = datetime(2026, 1, 5, 9, 3, 27, tzinfo=UTC)
AMOUNT: Final = Money(18_500_000, Currency.UZS)
OWNER: Final = Owner("shop", "shop")
SCOPE: Final = Scope("shop")
API: Final = Cause(Why.API, actor="shop/shop", request_id="request-1")
FROM_OCTO: Final = Cause(Why.CALLBACK, actor="octo")
REFUND_POLICY: Final = RefundPolicy(
    smallest_minor={Currency.UZS: 1_300_000}, largest_minor={Currency.UZS: 1_000_000_000}
)
SEALED: Final = SealedTokens(ReversingSealer())
UZCARD: Final = "8600495473316478"
OTHER_UZCARD: Final = "8600312345671234"
VISA: Final = "4111111111111111"


class FakeClock:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


class CountedIds:
    def __init__(self) -> None:
        self._number = 0

    def order_id(self) -> OrderId:
        self._number += 1
        return OrderId(f"order-{self._number}")

    def saved_card_id(self) -> SavedCardId:
        self._number += 1
        return SavedCardId(f"card_{self._number}")


class CountingDoorbell:
    def __init__(self) -> None:
        self.rung: list[Chore] = []

    def ring(self, chore: Chore) -> None:
        self.rung.append(chore)


class PlainFingerprints:
    """Hashes under `keys`, which a test changes as a restart would."""

    def __init__(self) -> None:
        self.keys = ["key"]

    def of(self, card: Card) -> tuple[str, ...]:
        return tuple(hashlib.sha256(f"{key} {card.number}".encode()).hexdigest() for key in self.keys)


@dataclass
class ScriptedReader:
    """Reads the callback that was last put before it; `forged` makes it refuse."""

    callback: Callback | None = None
    forged: bool = False

    def read(self, raw: bytes, at: datetime) -> Callback:
        if self.forged or self.callback is None:
            raise ForgedCallback()
        return self.callback


class World:
    """Over a database in memory, or over `database`."""

    def __init__(self, database: Any = None) -> None:
        self.clock = FakeClock()
        self.database = database or MemoryDatabase()
        self.gateway = FakeGateway()
        self.reader = ScriptedReader()
        self.doorbell = CountingDoorbell()
        self.sender = ScriptedSender()
        units, reading = self.database.units, self.database.reading
        changing = Changing(units, reading, self.doorbell, self.clock)
        asking = Asking(changing, self.gateway, self.clock, give_up_after=timedelta(hours=24))
        policy = TermsPolicy(
            frontend_url="https://shop.example",
            notify_url="https://pay.example/api/payments/notify/",
            ttl_minutes=15,
            methods=("uzcard", "humo", "bank_card"),
            uzbek="oz",
        )
        self.orders = Orders(units, reading, changing, self.clock, CountedIds(), account="4321", test=True)
        self.fingerprints = PlainFingerprints()
        self.payments = Payments(changing, asking, self.gateway, self.fingerprints, self.clock, policy)
        self.resending = Resending(changing, asking, self.gateway, self.fingerprints, self.clock)
        self.holds = Holds(changing, asking, self.gateway, self.clock)
        self.refunding = Refunding(changing, self.gateway, self.clock, REFUND_POLICY)
        self.notifications = Notifications(units, self.reader, self.doorbell, self.clock)
        self.operating = Operating(changing, asking, self.clock)
        self.limiting = Limiting(units, reading, self.clock)
        self.receipts = Receipts(units, changing, self.gateway, self.clock)
        self.settlement = Settlement(units, asking, self.refunding, self.holds, self.notifications, self.clock)

        self._keep_cards(changing, asking)
        self.merchant_events = MerchantEvents(
            units,
            reading,
            self.sender,
            CountedKeys(),
            ReversingSealer(),
            ListeningOperator(),
            self.doorbell,
            self.clock,
        )

    def _keep_cards(self, changing: Changing, asking: Asking) -> None:
        units, reading, tokens, secrets = self.database.units, self.database.reading, SEALED, PlainSecrets()
        self.keeper, self.token_reader = FakeCardGateway(), ScriptedTokenReader()
        cards = ChangingCards(units, reading, self.doorbell, self.clock)
        policy = BindingPolicy(
            frontend_url="https://shop.example",
            notify_url="https://pay.example/api/payments/notify/",
            callback_url="https://pay.example/api/cards/notify",
        )
        self.saving = SavingCards(
            cards, reading, self.keeper, secrets, self.fingerprints, self.clock, CountedIds(), policy
        )
        self.revoking = RevokingCards(cards, units, self.keeper, tokens, self.clock)
        self.card_callbacks = CardCallbacks(cards, self.token_reader, tokens, secrets, self.doorbell, self.clock)
        sending = CardSending(changing, asking, self.clock)
        self.token_payments = TokenPayments(sending, changing, reading, self.gateway, tokens)

    # ---- what a shop and a payer do

    def order(
        self, *, mode: Mode = Mode.OWN_PAGE, capture: Capture = Capture.AUTOMATIC, amount: Money = AMOUNT
    ) -> Order:
        return self.orders.create(NewOrder(amount=amount, mode=mode, capture=capture), OWNER, API)

    def paid(self, *, amount: Money = AMOUNT) -> Order:
        """An order that was paid with a card and a code."""
        order = self.order(amount=amount)
        self.initiate(order)
        self.confirm(order)
        self.callback(self.verify(order), Word.SUCCEEDED, amount=amount)
        return order

    def held(self) -> Order:
        """An order whose money is held."""
        order = self.order(capture=Capture.MANUAL)
        self.initiate(order)
        transaction = self.confirm(order)
        self.gateway.payment(transaction).word = Word.WAITING_FOR_CAPTURE
        self.callback(transaction, Word.WAITING_FOR_CAPTURE)
        return order

    def initiate(self, order: Order) -> PaymentTransaction:
        return self.payments.initiate(order.id, SCOPE, "uz", API)

    def confirm(self, order: Order, number: str = UZCARD, *, transaction_id: str | None = None) -> PaymentTransaction:
        card = Card(number=number, expire="1240", holder="TEST USER", cvc="123", today=self.clock.now().date())
        return self.payments.confirm(order.id, SCOPE, transaction_id, card, API)

    def verify(self, order: Order, code: str = "111111") -> PaymentTransaction:
        return self.payments.verify_otp(order.id, SCOPE, None, OneTimeCode(code), API)

    def status(self, order: Order) -> PaymentTransaction:
        return self.payments.status(order.id, SCOPE, API)

    def books(self, order: Order) -> Books:
        return self.orders.get(order.id, SCOPE)

    # ---- what OCTO does

    def callback(
        self,
        transaction: PaymentTransaction,
        word: Word,
        *,
        amount: Money | None = AMOUNT,
        shop_transaction_id: str | None = None,
        octo_transaction_id: str | None = None,
        verified: bool = True,
        refunded_minor: int | None = None,
        facts: Facts = NOTHING_KNOWN,
    ) -> object:
        """OCTO's callback arrives; returns the answer to it."""
        octo_id = octo_transaction_id or self.gateway.payment(transaction).octo_transaction_id
        key = shop_transaction_id or transaction.shop_transaction_id
        report = Report(
            word,
            Source.CALLBACK,
            self.clock.now(),
            octo_transaction_id=octo_id,
            amount=amount,
            refunded_minor=refunded_minor,
            facts=facts,
        )
        self.reader.callback = Callback(
            id=hashlib.sha256(f"{octo_id}{key}{word}{amount}{refunded_minor}{facts}".encode()).hexdigest(),
            received_at=self.clock.now(),
            shop_transaction_id=key,
            octo_transaction_id=octo_id,
            body={"status": word.value},
            verified=verified,
            report=report,
        )
        return self.notifications.receive(b"{}", FROM_OCTO)

    def settle(self, *, hours: float = 1) -> None:
        """Time passes, and settlement runs once."""
        self.clock.advance(hours=hours)
        self.settlement.settle()
