"""Each of OCTO's codes at each call: what the API makes of it, and that the page about OCTO says so."""

from collections.abc import Callable
from typing import Final

import pytest
from werkzeug.test import TestResponse

from domain.moves import Word
from domain.refusals import MEANINGS, OTHERWISE, Meaning, OctoCall, Reason
from entrypoints.http.reason_texts import REASONS
from tests.fakes.gateway import denied, unknown
from tests.fakes.world import SCOPE, UZCARD
from tests.integration.http.shop import Api, card
from tools import catalogue

# What says nothing of the payment reaches the domain as an unknown outcome.
NOT_SAID: Final = {Reason.FAULT, Reason.TOO_OFTEN}


def prepare(api: Api) -> TestResponse:
    """Of an order with a tax receipt, which may be refused for one more reason."""
    fiscal = {"spic": "00305001001000000", "package_code": "1425207", "vat": True, "tin": "123456789"}
    tea = {"name": "Tea", "quantity": 1, "price": "185000.00"} | fiscal
    customer = {"user_id": "u-1", "phone": "998901112233", "email": "payer@example.com"}
    return api.post(f"/api/orders/{api.order(items=[tea], customer=customer)}/payment/initiate/")


def pay(api: Api) -> TestResponse:
    order_id = api.order()
    return api.post(f"/api/orders/{order_id}/payment/confirm/", card(api.initiated(order_id)))


def code(api: Api) -> TestResponse:
    order_id = api.order()
    body = {"transaction_id": api.confirmed(order_id), "sms_key": "111111"}
    return api.post(f"/api/orders/{order_id}/payment/verify-otp/", body)


def resend(api: Api) -> TestResponse:
    order_id = api.order()
    body = {"transaction_id": api.confirmed(order_id), "card_number": UZCARD, "expire": "1240"}
    api.world.clock.advance(seconds=60)
    return api.post(f"/api/orders/{order_id}/payment/resend-otp/", body)


def held(api: Api) -> str:
    order_id = api.order(capture="manual")
    api.confirmed(order_id)
    api.world.gateway.payments[f"{order_id}-1"].word = Word.WAITING_FOR_CAPTURE
    api.world.callback(api.world.orders.get(order_id, SCOPE).current, Word.WAITING_FOR_CAPTURE)
    return order_id


def capture(api: Api) -> TestResponse:
    return api.post(f"/api/orders/{held(api)}/payment/capture/")


def release(api: Api) -> TestResponse:
    return api.post(f"/api/orders/{held(api)}/payment/release/")


def refund(api: Api) -> TestResponse:
    return api.post(f"/api/orders/{api.paid()}/refunds/", {"reason": "returned goods"})


ASKED: Final[dict[OctoCall, list[tuple[str, Callable[[Api], TestResponse]]]]] = {
    OctoCall.PREPARE: [("prepare", prepare)],
    OctoCall.PAY: [("pay", pay)],
    OctoCall.CODE: [("check_code", code)],
    OctoCall.RESEND: [("resend_code", resend)],
    OctoCall.HOLD: [("capture", capture), ("release", release)],
    OctoCall.REFUND: [("refund", refund)],
}
# A code that is in no table stands for all others.
CASES: Final = [
    (octo_code, meaning, asked)
    for (call, octo_code), meaning in [*MEANINGS.items(), *(((c, 987), m) for c, m in OTHERWISE.items())]
    for asked in ASKED.get(call, [])
]


@pytest.mark.parametrize(("octo_code", "expected", "asked"), CASES)
def test_the_api_answers_as_the_catalogue_says(
    api: Api, octo_code: int, expected: Meaning, asked: tuple[str, Callable[[Api], TestResponse]]
) -> None:
    step, ask = asked
    said = expected.reason not in NOT_SAID
    api.world.gateway.script(step, denied(str(octo_code)) if said else unknown(f"error {octo_code}"))
    answer = ask(api)

    assert answer.json is not None
    assert answer.json.get("code") == expected.code
    if expected.code is None:
        assert answer.status_code in (200, 202)
    elif said and "octo_code" in answer.json.get("facts", {}):
        assert answer.json["facts"]["reason"] == expected.reason
        assert answer.json["facts"]["may_repeat"] == expected.may_repeat
        assert answer.json["detail_for_shop"] == REASONS[expected.reason].uz


def test_a_declined_card_gives_no_reason_away(api: Api) -> None:
    """Whoever tries stolen cards would learn from it which of them are good for what."""
    api.world.gateway.script("pay", denied("-51"))
    answer = pay(api)

    assert answer.json is not None and answer.json["facts"] == {"status": "prepared"}
    assert "-51" not in answer.text


def test_the_page_about_octo_prints_the_catalogue_that_the_code_goes_by() -> None:
    page = catalogue.PAGE.read_text("utf-8")

    assert catalogue.written(page) == page
    assert catalogue.BEGIN in page
