"""Asking OCTO how a payment stands: at most once a second per payment, and what it says is heard."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.books import Books
from domain.errors import GatewayUnavailable
from domain.journal import Cause
from domain.moves import Stage, Word
from domain.ports import Answered, Clock, Denied, Gateway, NeverLeft, Unknown
from domain.refusals import refuses_shop
from domain.report import Report, Source
from domain.transaction import PaymentTransaction, ShopTransactionId
from domain.use_cases.changing import Changing, of_transaction


class Asking:
    """`give_up_after` zero: a payment that OCTO keeps open is never closed by age."""

    def __init__(self, changing: Changing, gateway: Gateway, clock: Clock, *, give_up_after: timedelta) -> None:
        self._changing = changing
        self._gateway = gateway
        self._clock = clock
        self._give_up_after = give_up_after

    def ask(
        self,
        key: ShopTransactionId,
        cause: Cause,
        *,
        scheduled: bool = False,
        insist: bool = False,
        answer_needed: bool = False,
    ) -> Books:
        """The books after OCTO's answer, or as they are where it was asked within the last second or did not answer.

        `insist` asks all the same, because somebody waits for just this answer; the gateway bears with OCTO's "too often".
        `answer_needed` raises GatewayUnavailable where OCTO did not answer, or refused the shop.
        """
        at = self._clock.now()
        reserved = self._changing.change(
            of_transaction(key), lambda books: books.with_(_reserved(books[key], at, insist=insist)), cause
        )
        transaction = reserved[key]
        if transaction.asked_at != at:
            return reserved
        outcome = self._gateway.read_status(transaction, at)
        report = self._report(outcome, transaction, at, scheduled=scheduled)

        def heard(now: PaymentTransaction) -> PaymentTransaction:
            if report is not None:
                return now.hear(report, self._give_up_after)
            return now.not_reached(at) if scheduled else now

        books = self._changing.result(key, outcome.exchange, heard, at, cause)
        if answer_needed and report is None:
            raise GatewayUnavailable()
        return books

    def verification(self, key: ShopTransactionId, turn: int, cause: Cause, *, insist: bool = False) -> Books:
        """Asks verificationInfo about the card at hand. Where it fails, the books stay without a verifyId, to be asked again.

        `insist` as in `ask`: without it a page that polls does not make a call of every poll.
        """
        at, find = self._clock.now(), of_transaction(key)
        if not insist:
            reserved = self._changing.change(
                find, lambda books: books.with_(_reserved(books[key], at, insist=False)), cause
            )
            if reserved[key].asked_at != at:
                return reserved
        transaction = self._changing.read(find)[key]
        outcome = self._gateway.verification_info(transaction, at)

        def learned(now: PaymentTransaction) -> PaymentTransaction:
            return now.verified(turn, outcome.value, at) if isinstance(outcome, Answered) else now

        return self._changing.result(key, outcome.exchange, learned, at, cause)

    def _report(
        self,
        outcome: Answered[Report] | NeverLeft | Denied | Unknown,
        transaction: PaymentTransaction,
        at: datetime,
        *,
        scheduled: bool,
    ) -> Report | None:
        match outcome:
            case Answered(value=report):
                report = replace(report, scheduled=scheduled)
                # Only the payment id of this very card shows that its lost `pay` had arrived.
                if transaction.stage is Stage.PAYING and report.word is Word.WAIT_USER_ACTION:
                    found = self._gateway.verification_info(transaction, at)
                    if isinstance(found, Answered):
                        return replace(report, verification=found.value)
                return report
            case Denied(code=code) if not refuses_shop(code):
                # OCTO knows no such payment: no word about its end.
                return Report(Word.UNKNOWN, Source.READ, at, turn=transaction.turn, known=False, scheduled=scheduled)
            case _:
                return None


def _reserved(transaction: PaymentTransaction, at: datetime, *, insist: bool) -> PaymentTransaction:
    return transaction.asked(at) if insist or transaction.may_ask(at) else transaction
