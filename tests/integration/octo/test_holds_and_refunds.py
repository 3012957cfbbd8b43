"""check_pan, set_accept and refund: what goes out, and what the domain makes of the answers."""

import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NoReturn

import pytest
from requests_mock import Mocker

from adapters.octo.transport import NotSent
from domain.ports import Denied, RefundTaken, RefundWord, Unknown
from domain.report import Verification, Way
from domain.schedule import BETWEEN_LOST_CALL_READS
from tests.integration.octo.examples import HOLD_TAKEN, REFUNDED, RESENT, RESENT_TOO_OFTEN
from tests.integration.octo.given import (
    AT,
    CALLS,
    NUMBER,
    SECRET,
    UUID,
    YES,
    a_card,
    a_gateway,
    a_transaction,
    last,
    outcome,
    sent,
    value,
)

REFUND_ID = "5d1c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a22"


def test_a_new_code_is_asked_for_with_the_card(requests_mock: Mocker) -> None:
    value(requests_mock, "resend_code", RESENT)

    assert last(requests_mock).text == f'{{"pan": "{NUMBER}", "expDate": "2812", "paymentId": 7731}}'


def test_a_new_code_has_a_new_number(requests_mock: Mocker) -> None:
    assert value(requests_mock, "resend_code", RESENT) == Verification(
        Way.OTP, None, 913, phone="+998** *****27", code_until=AT + timedelta(seconds=120)
    )


def test_no_more_codes_is_a_refusal(requests_mock: Mocker) -> None:
    assert outcome(requests_mock, "resend_code", RESENT_TOO_OFTEN).code == "17"


def test_of_the_card_only_first_six_and_last_four_are_kept(requests_mock: Mocker) -> None:
    kept = outcome(requests_mock, "resend_code", RESENT_TOO_OFTEN).exchange.request

    assert kept == {"pan": "860049******6478", "paymentId": 7731}


def test_without_a_payment_id_no_code_is_asked_for(requests_mock: Mocker) -> None:
    with pytest.raises(ValueError, match="no card awaits a code"):
        a_gateway().resend_code(a_transaction(verification=Verification(Way.OTP)), a_card(), AT)
    assert requests_mock.call_count == 0


def test_a_hold_is_taken_in_part(requests_mock: Mocker) -> None:
    value(requests_mock, "capture", YES["capture"])

    assert sent(requests_mock) == {
        "octo_shop_id": 4321,
        "octo_secret": SECRET,
        "octo_payment_UUID": UUID,
        "accept_status": "capture",
        "final_amount": Decimal("150000.00"),
    }
    assert '"final_amount": 150000.00}' in last(requests_mock).text


def test_a_hold_is_given_back(requests_mock: Mocker) -> None:
    value(requests_mock, "release", YES["release"])

    assert sent(requests_mock) == {
        "octo_shop_id": 4321,
        "octo_secret": SECRET,
        "octo_payment_UUID": UUID,
        "accept_status": "cancel",
    }


@pytest.mark.parametrize("call", ["capture", "release"])
@pytest.mark.parametrize(
    "answer",
    [
        f'{{"error": 0, "data": {{"octo_payment_UUID": "{UUID}", "status": "succeeded", "total_sum": 150000.00}}}}',
        f'{{"error": 0, "octo_payment_UUID": "{UUID}", "status": "succeeded"}}',
        HOLD_TAKEN,
        '{"error": 0, "data": null}',
    ],
)
def test_a_decision_that_octo_takes_says_no_more(requests_mock: Mocker, call: str, answer: str) -> None:
    """What came of it, a status read tells."""
    assert value(requests_mock, call, answer) is None


@pytest.mark.parametrize("code", ["10", "11"])
def test_a_decision_that_octo_refuses_is_denied(requests_mock: Mocker, code: str) -> None:
    refused = outcome(requests_mock, "capture", f'{{"error": {code}, "errMessage": "no", "data": null}}')

    assert isinstance(refused, Denied)
    assert refused.code == code


def test_a_refund_is_sent_under_its_own_id(requests_mock: Mocker) -> None:
    value(requests_mock, "refund", REFUNDED)

    assert json.loads(last(requests_mock).text, parse_float=Decimal) == {
        "octo_shop_id": 4321,
        "octo_secret": SECRET,
        "shop_refund_id": "RF-17-1",
        "octo_payment_UUID": UUID,
        "amount": Decimal("50000.00"),
    }
    assert '"amount": 50000.00}' in last(requests_mock).text


def test_a_refund_that_succeeded(requests_mock: Mocker) -> None:
    assert value(requests_mock, "refund", REFUNDED) == RefundTaken(
        RefundWord.SUCCEEDED, REFUND_ID, datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    )


@pytest.mark.parametrize("moment", ["", "yesterday", "9999-99-99 00:00:00", None, 17])
def test_a_refund_whose_time_is_not_understood_has_none(requests_mock: Mocker, moment: object) -> None:
    answer = json.loads(REFUNDED)
    answer["data"]["refund_time"] = moment

    assert value(requests_mock, "refund", json.dumps(answer)) == RefundTaken(RefundWord.SUCCEEDED, REFUND_ID)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("succeeded", RefundWord.SUCCEEDED),
        ("new", RefundWord.PENDING),
        ("pending", RefundWord.PENDING),
        ("unknown", RefundWord.PENDING),
        ("ok", RefundWord.SUCCEEDED),
        ("something_new", RefundWord.PENDING),
        ("canceled", RefundWord.FAILED),
        ("cancelled", RefundWord.FAILED),
        ("failed", RefundWord.FAILED),
        ("error", RefundWord.FAILED),
    ],
)
def test_the_words_of_a_refund(requests_mock: Mocker, status: str, word: RefundWord) -> None:
    answer = REFUNDED.replace('"succeeded"', f'"{status}"').replace(REFUND_ID, "17")
    taken = value(requests_mock, "refund", answer)

    assert (taken.word, taken.refund_id) == (word, None)


@pytest.mark.parametrize(
    "answer",
    [REFUNDED.replace(UUID, UUID[::-1]), REFUNDED.replace('"succeeded"', "null"), '{"error": 0, "data": null}'],
)
def test_a_refund_whose_answer_is_not_clear_is_unknown(requests_mock: Mocker, answer: str) -> None:
    assert isinstance(outcome(requests_mock, "refund", answer), Unknown)


@pytest.mark.parametrize("code", ["22", "3"])
def test_a_wrong_amount_is_denied(requests_mock: Mocker, code: str) -> None:
    assert outcome(requests_mock, "refund", f'{{"error": {code}, "errMessage": "Wrong amount to refund"}}').code == code


@pytest.mark.parametrize("call", ["capture", "release", "refund"])
def test_the_secret_is_not_kept(requests_mock: Mocker, call: str) -> None:
    request = outcome(requests_mock, call, YES[call]).exchange.request

    assert SECRET not in str(request)
    assert request["octo_payment_UUID"] == UUID


@pytest.mark.parametrize("call", ["check_code", "capture", "release"])
def test_a_call_that_may_be_lost_ends_before_the_domain_takes_it_for_gone(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[float] = []

    def once(*_: object, until: float) -> NoReturn:
        ends.append(until)
        raise NotSent

    octo = a_gateway(deadline_seconds=25)
    monkeypatch.setattr(octo._transport, "once", once)
    CALLS[call](octo)

    assert ends[0] < time.monotonic() + BETWEEN_LOST_CALL_READS.total_seconds() - 1
