"""The guarantees, as laws about one change of the books and about one state of the books beside OCTO's own."""

from domain.books import Books, captured
from domain.moves import Stage, Word
from domain.order import OrderStatus
from domain.transaction import PaymentTransaction, Review
from tests.exploration import octo, refunds
from tests.exploration.acts import AMOUNT, PART, Act
from tests.exploration.octo import Payment, Request
from tests.exploration.variants import Variant

_ENDED = (Stage.FAILED, Stage.CANCELLED)
_PAID = (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED)


def broken_by_change(variant: Variant, before: Books, after: Books, act: Act) -> str | None:
    """The law that this change breaks, if any."""
    if act.kind == "capture" and before.is_paid:
        return "G1: a hold is taken of an order that is paid already"
    for old, new in zip(before.transactions, after.transactions, strict=False):
        wrong = _final_is_final(old, new, act) or _the_card_at_hand(variant, old, new, act)
        if wrong := wrong or _withdrawn_is_told(old, new) or _holds_are_left_alone(old, new, act):
            return wrong
    return None


def broken_by_state(variant: Variant, books: Books, payments: tuple[Payment, ...]) -> str | None:
    """The law that is broken in this state, if any."""
    pairs = list(zip(books.transactions, payments, strict=False))
    return (
        _one_charge(pairs)
        or _one_live(books)
        or _no_phantom(variant, pairs)
        or _order_follows(books)
        or next((wrong for t, p in pairs if (wrong := _not_forgotten(t) or refunds.broken(t, p))), None)
    )


def is_closed_by_us(transaction: PaymentTransaction) -> bool:
    """Without OCTO's word. An operator's and that of the 24 hours are exceptions on purpose."""
    is_ours = transaction.stage in _ENDED and transaction.octo_final is None
    return is_ours and Review.GIVEN_UP not in transaction.reviews


def broken_by_closing(variant: Variant, payment: Payment, requests: frozenset[Request]) -> str | None:
    """What we have closed, nobody may be able to pay any more.

    Stronger than one charge for an order, which breaks only once a second attempt is paid: this is seen with one attempt.
    """
    return "G1: closed while it may still be paid" if octo.may_take(variant, payment, requests) else None


def _final_is_final(old: PaymentTransaction, new: PaymentTransaction, act: Act) -> str | None:
    if old.is_live or old.stage is new.stage:
        return None
    if old.stage is Stage.SUCCESS:
        return f"G5: success became {new.stage}"
    if new.stage is not Stage.SUCCESS:
        return f"G5: {old.stage} became {new.stage}"
    if act.kind not in ("hear", "callback") or act.said is None or act.said.word != octo.SUCCEEDED:
        return "G5: success after the end, without OCTO's word"
    return None if Review.LATE_SUCCESS in new.reviews else "G5: late success without review"


def _the_card_at_hand(variant: Variant, old: PaymentTransaction, new: PaymentTransaction, act: Act) -> str | None:
    """The check that answers a card must be this card's own. The model numbers the cards; fingerprint and payment id are that number."""
    is_answer = old.stage is Stage.PAYING and old.denial is None and act.kind != "card never left"
    if not is_answer or new.stage is not Stage.VERIFYING or new.verification is None or not variant.id_per_card:
        return None
    is_own = str(new.verification.payment_id) == old.card_fingerprint
    return None if is_own else "G8: the check of another card is taken for this card's"


def _withdrawn_is_told(old: PaymentTransaction, new: PaymentTransaction) -> str | None:
    if not old.is_live or old.cancel_requested_at is None:
        return None
    if new.stage is Stage.SUCCESS and Review.PAID_AFTER_WITHDRAWAL not in new.reviews:
        return "G1: paid after the withdrawal, and not flagged"
    is_untold = new.stage is Stage.HELD and Review.LATE_HOLD not in new.reviews
    return "G1: held after the withdrawal, and not flagged" if is_untold else None


def _holds_are_left_alone(old: PaymentTransaction, new: PaymentTransaction, act: Act) -> str | None:
    """However old: its shop has days to take it."""
    is_given_up = old.stage is Stage.HELD and new.stage is Stage.FAILED and act.kind != "give up"
    return "a hold that is given up without a person" if is_given_up else None


def _one_charge(pairs: list[tuple[PaymentTransaction, Payment]]) -> str | None:
    charged = [(t, p) for t, p in pairs if p.debits]
    excused = any(p.contradicted or Review.GIVEN_UP in t.reviews for t, p in pairs)
    if len(charged) > 1 and not excused:
        return "G1: two charges for one order"
    paid = [t for t, _ in pairs if t.stage is Stage.SUCCESS]
    if len(paid) > 1 and not any(Review.SECOND_CHARGE in t.reviews for t in paid):
        return "G1: a second charge that is not flagged"
    return None


def _one_live(books: Books) -> str | None:
    return "G2: two live attempts" if sum(t.is_live for t in books.transactions) > 1 else None


def _no_phantom(variant: Variant, pairs: list[tuple[PaymentTransaction, Payment]]) -> str | None:
    phantom = any(t.stage is Stage.SUCCESS and (variant.other_amount or octo.SUCCEEDED not in p.said) for t, p in pairs)
    if phantom:
        return "G4: a success that OCTO never spoke of, or with another amount"
    taken = ((t, p) for t, p in pairs if t.stage is Stage.SUCCESS and p.word == octo.SUCCEEDED and not p.contradicted)
    wrong = any(captured(t) != (PART if p.part else AMOUNT) for t, p in taken)
    return "G15: another sum captured than OCTO took" if wrong else None


def _order_follows(books: Books) -> str | None:
    order, transactions = books.order, books.transactions
    paid = [t for t in transactions if t.stage is Stage.SUCCESS]
    if bool(paid) != (order.status in _PAID):
        return f"G6: order {order.status} with {len(paid)} successes"
    expected = order.status
    if not paid:
        if order.cancelled_at is not None:
            expected = OrderStatus.CANCELLED
        elif any(t.stage is Stage.HELD for t in transactions):
            expected = OrderStatus.AUTHORIZED
        elif books.live is None and any(t.stage is Stage.FAILED for t in transactions):
            expected = OrderStatus.PAYMENT_FAILED
        else:
            expected = OrderStatus.AWAITING_PAYMENT
    if expected is not order.status:
        return f"G6: order {order.status} instead of {expected}"
    if paid and order.cancelled_at and not any(Review.PAID_AFTER_CANCELLATION in t.reviews for t in paid):
        return "G6: paid after the cancellation, and not flagged"
    return None


def _not_forgotten(transaction: PaymentTransaction) -> str | None:
    if transaction.next_check_at is not None:
        return None
    if transaction.is_live:
        return "G16: live, and never asked about again"
    if transaction.stage in _ENDED and transaction.octo_final is not Word.CANCELED:
        return "G16: closed without OCTO's word, and not watched"
    return "G16: a hold is to be released, and nobody is due to do it" if transaction.release_due else None
