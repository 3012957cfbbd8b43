"""Following a payment while its payer waits: OCTO is asked where it knows more than we do."""

from datetime import datetime, timedelta
from typing import Final

from domain.journal import Cause
from domain.moves import Stage, Status
from domain.ports import Clock
from domain.report import Way
from domain.transaction import PaymentTransaction
from domain.use_cases.asking import Asking
from domain.use_cases.changing import Changing, Find

# A payer's page polls; between its polls OCTO is asked this often about what is unresolved, and about what waits elsewhere.
ASK_UNRESOLVED_EVERY: Final = timedelta(seconds=2)
ASK_AWAY_EVERY: Final = timedelta(seconds=5)


class Following:
    def __init__(self, changing: Changing, asking: Asking, clock: Clock) -> None:
        self._changing = changing
        self._asking = asking
        self._clock = clock

    def with_code(self, transaction: PaymentTransaction, cause: Cause, *, insist: bool = False) -> PaymentTransaction:
        """Asks for the code that OCTO has sent, where we have not heard of it. `insist` is for the card that was just taken."""
        if not lacks_code(transaction):
            return transaction
        key = transaction.shop_transaction_id
        return self._asking.verification(key, transaction.turn, cause, insist=insist)[key]

    def ask_about_expired(self, find: Find, cause: Cause) -> None:
        """So that a payer who comes back too late gets a new attempt, where OCTO has closed the old one."""
        live = self._changing.read(find).live
        if live is not None and self._clock.now() > live.expires_at:
            self._asking.ask(live.shop_transaction_id, cause)

    def ask_about_unresolved(self, find: Find, octo_transaction_id: str | None, cause: Cause) -> None:
        """A repeat after a lost answer finds out first what became of it."""
        addressed = self._changing.read(find).addressed(octo_transaction_id)
        if addressed.status is Status.PROCESSING and wants_asking(addressed, self._clock.now()):
            self._asking.ask(addressed.shop_transaction_id, cause)


def wants_asking(transaction: PaymentTransaction, at: datetime) -> bool:
    if not transaction.is_live:
        return False
    if not (transaction.is_unresolved or transaction.is_away or at > transaction.expires_at):
        return False
    pause = ASK_UNRESOLVED_EVERY if transaction.is_unresolved else ASK_AWAY_EVERY
    return transaction.asked_at is None or abs(at - transaction.asked_at) >= pause


def lacks_code(transaction: PaymentTransaction) -> bool:
    check = transaction.verification
    return (
        transaction.stage is Stage.VERIFYING and check is not None and check.way is Way.OTP and check.verify_id is None
    )
