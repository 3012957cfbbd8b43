"""What becomes of a state once nothing is lost any more: OCTO ends what it can, and settlement keeps asking."""

from domain.books import Books
from domain.moves import Stage
from domain.transaction import Review
from tests.exploration import octo, refunds, reports
from tests.exploration.acts import Act
from tests.exploration.event import Payments, put
from tests.exploration.octo import SUCCEEDED, Request
from tests.exploration.variants import Variant
from tests.exploration.world import World

_MOST_ROUNDS = 16


class Completion:
    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[tuple[int, Payments], str | None] = {}

    def broken(self, books: int, payments: Payments) -> str | None:
        """The law that is broken at the end, if any: no success is lost, and nothing is stuck."""
        path: list[tuple[int, Payments]] = []
        here = (books, payments)
        while here not in self._known and len(path) < _MOST_ROUNDS:
            path.append(here)
            after = self._round(*here)
            if after == here:
                break
            here = after
        verdict = self._known[here] if here in self._known else self._verdict(*here)
        self._known |= dict.fromkeys(path, verdict)
        return verdict

    def _round(self, books: int, payments: Payments) -> tuple[int, Payments]:
        """OCTO settles, whatever is due is read twice a minute apart, and much time passes."""
        world = self._world
        payments = tuple(refunds.settled(octo.ended(world.variant, p)) for p in payments)
        books, payments = self._refund(self._read(books, payments), payments)
        books = self._read(world.ours.later(books, long=False), payments)
        a_day = world.ours.is_a_day(books)
        passed = tuple(octo.later(world.variant, p, a_day=a_day) for p in payments)
        return self._read(world.ours.later(books, long=True), passed), passed

    def _read(self, books: int, payments: Payments) -> int:
        for attempt, payment in enumerate(payments[: len(self._world.ours[books].transactions)]):
            if reports.is_asked(self._world.ours[books].transactions[attempt]):
                said = reports.read_now(self._world.variant, payment)
                step = self._world.ours.step(books, Act("hear", attempt, said=said))
                books = step.books if step else books
        return books

    def _refund(self, books: int, payments: Payments) -> tuple[int, Payments]:
        """What is to be sent is sent once, and OCTO carries it out."""
        for attempt, transaction in enumerate(self._world.ours[books].transactions):
            if (operation := transaction.refunds.next_operation) is None:
                continue
            refund = operation.shop_refund_id
            request = Request("refund", refund=refund, minor=operation.amount_minor)
            payment, answer = list(refunds.serve(payments[attempt], request))[:2][-1]
            for act in (
                Act("send refund", attempt, refund=refund),
                Act(f"refund {answer.kind}", attempt, refund=refund),
            ):
                step = self._world.ours.step(books, act)
                books = step.books if step else books
            payments = put(payments, attempt, payment)
        return books, payments

    def _verdict(self, books: int, payments: Payments) -> str | None:
        ended = self._world.ours[books]
        if self._world.variant.other_amount:
            return self._stuck(books)
        wrong = _lost(self._world.variant, ended, payments) or self._stuck(books)
        pairs = zip(ended.transactions, payments, strict=False)
        return wrong or next((bad for t, p in pairs if (bad := refunds.broken_at_the_end(t, p))), None)

    def _stuck(self, books: int) -> str | None:
        live = self._world.ours[books].live
        if live is None:
            return None
        if Review.MISMATCH not in live.reviews:
            return "stuck: a live attempt that nothing ever ends"
        step = self._world.ours.step(books, Act("give up", live.attempt - 1))
        return None if step else "stuck: an attempt of another amount that not even an operator ends"


def _lost(variant: Variant, books: Books, payments: Payments) -> str | None:
    for transaction, payment in zip(books.transactions, payments, strict=False):
        is_lost = payment.word == SUCCEEDED and transaction.stage is not Stage.SUCCESS
        # An OCTO that says canceled, and canceled again a day later, is believed.
        is_believed = payment.contradicted and transaction.next_check_at is None
        # Another sum is never taken over: a person is told.
        is_told = variant.cabinet and Review.MISMATCH in transaction.reviews
        if is_lost and not is_believed and not is_told:
            return "G3: OCTO has the money, and the books never learn of it"
    return None
