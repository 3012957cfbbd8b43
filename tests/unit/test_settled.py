"""After the payer has done his part: refunds that we did not make, OCTO's facts, and a click too many."""

from dataclasses import replace

from domain.money import Currency, Money
from domain.moves import Word
from domain.report import Facts
from tests.unit.attempts import AMOUNT, CODE_BY_SMS, IN_STAGE, NOW, callback, held, prepared, read, success, verifying

HALF = Money(AMOUNT.amount_minor // 2, Currency.UZS)

# ---- refunds


def test_a_refund_unknown_to_us_is_recorded_and_carries_a_review() -> None:
    refunded = success().hear(callback(Word.SUCCEEDED, refunded_minor=500))

    assert refunded.status == "success"
    assert refunded.refunded_minor == 500
    assert refunded.reviews == ("unknown_refund",)


def test_a_sum_of_refunds_that_we_know_is_old_news() -> None:
    refunded = success().hear(callback(Word.SUCCEEDED, refunded_minor=500))

    assert refunded.hear(callback(Word.SUCCEEDED, refunded_minor=500)) == refunded
    assert refunded.hear(callback(Word.SUCCEEDED, refunded_minor=0)) == refunded


def test_a_success_that_comes_with_a_refund_records_both() -> None:
    paid = verifying().hear(callback(Word.SUCCEEDED, refunded_minor=500))

    assert paid.status == "success"
    assert paid.refunded_minor == 500


def test_never_is_more_refunded_than_was_captured() -> None:
    half = held().capture_hold(HALF.amount_minor, NOW).hear(callback(Word.SUCCEEDED))

    assert half.hear(callback(Word.SUCCEEDED, refunded_minor=AMOUNT.amount_minor)).refunded_minor == HALF.amount_minor
    assert success().hear(callback(Word.SUCCEEDED, refunded_minor=10**13)).refunded_minor == AMOUNT.amount_minor


# ---- facts


def test_a_masked_card_seen_at_octo_counts_as_a_card_that_was_sent() -> None:
    ended = prepared().hear(callback(Word.CANCELED, facts=Facts(masked_card="860000** **** 0000")))

    assert ended.status == "failed"


def test_facts_are_collected_and_never_forgotten() -> None:
    first = verifying().hear(callback(Word.SUCCEEDED, facts=Facts(rrn="000000000017", risk_level=0)))
    second = first.hear(read(first, Word.SUCCEEDED, facts=Facts(transfer_minor=17_852_500, risk_level=-1)))

    assert second.facts == Facts(rrn="000000000017", transfer_minor=17_852_500, risk_level=-1)


def test_an_old_callback_adds_facts_to_what_is_paid_and_changes_none() -> None:
    paid = verifying().hear(callback(Word.SUCCEEDED, facts=Facts(rrn="000000000017")))
    replayed = paid.hear(callback(Word.SUCCEEDED, facts=Facts(rrn="999999999999", transfer_minor=17_852_500)))

    assert replayed.facts == Facts(rrn="000000000017", transfer_minor=17_852_500)


def test_what_octo_calls_refunded_has_gone_back_as_a_whole_also_where_no_sum_is_named() -> None:
    for payment in (verifying(), success()):
        back = payment.hear(read(payment, Word.SUCCEEDED, is_refunded=True))

        assert (back.status, back.refunded_minor, back.reviews) == ("success", AMOUNT.amount_minor, ("unknown_refund",))

    part = success().hear(read(success(), Word.SUCCEEDED, is_refunded=True, refunded_minor=100))
    assert part.refunded_minor == 100


def test_each_refund_that_is_unknown_here_is_looked_at() -> None:
    first = success().hear(callback(Word.SUCCEEDED, refunded_minor=100))
    unseen = first.hear(callback(Word.SUCCEEDED, refunded_minor=200))
    second = first.reviewed().hear(callback(Word.SUCCEEDED, refunded_minor=200))
    again = second.hear(callback(Word.SUCCEEDED, refunded_minor=200))

    assert unseen.reviews == ("unknown_refund",)
    assert again.reviews == ("unknown_refund", "unknown_refund")
    assert again.reviews_left == ("unknown_refund",)


def test_what_does_not_fit_leaves_no_facts() -> None:
    doubted = verifying().hear(
        callback(
            Word.SUCCEEDED, amount=Money(1, Currency.UZS), facts=Facts(rrn="000000000017"), octo_pay_url="https://x"
        )
    )

    assert doubted.facts == Facts()
    assert doubted.octo_pay_url == verifying().octo_pay_url


def test_the_first_report_tells_octos_id_and_page_and_no_later_one_changes_them() -> None:
    told = verifying().hear(callback(Word.CREATED, octo_pay_url="https://elsewhere.example"))

    assert (told.octo_transaction_id, told.octo_pay_url) == (verifying().octo_transaction_id, verifying().octo_pay_url)


# ---- what a page may offer


def test_a_double_click_is_known_for_what_it_is() -> None:
    sent = verifying()
    key = ("by a newer key", sent.card_fingerprint or "")

    assert sent.has_sent(key)
    assert replace(sent, verification=replace(CODE_BY_SMS, verify_id=None, code_until=None)).has_sent(key)
    assert not sent.has_sent(("another card", "by another key"))
    assert not prepared().has_sent(key)
    assert not success().has_sent(key)
    assert IN_STAGE["processing (pay)"]().has_sent(key)
