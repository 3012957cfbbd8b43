"""Each currency by its own rules, from the API to the stand-in and back."""

import pytest

from tests.integration.octo.stand_in import Sandbox
from tests.integration.octo.whole_service import Shop


@pytest.mark.parametrize(
    ("currency", "too_little", "minimum"),
    [("UZS", "13999.99", "14000.00"), ("USD", "1.99", "2.00"), ("RUB", "149.99", "150.00")],
)
def test_each_currency_has_its_least_refund(
    shop: Shop, sandbox: Sandbox, currency: str, too_little: str, minimum: str
) -> None:
    path = shop.paid(amount="185000.00", currency=currency)
    refused = shop.post(f"{path}refunds/", {"amount": too_little, "reason": "late"}, 409)
    given = shop.post(f"{path}refunds/", {"amount": minimum, "reason": "late"}, 201)
    order = shop.get(path)

    assert (refused["code"], refused["facts"]) == ("refund_below_minimum", {"minimum": minimum})
    assert (given["status"], given["currency"], given["refunded"]) == ("succeeded", currency, minimum)
    assert (order["status"], order["refunded"], order["currency"]) == ("partially_refunded", minimum, currency)
    assert [f"{sum_:.2f}" for sum_ in sandbox.ledger("refund")] == [minimum]


def test_a_sum_beyond_octos_largest_operation_goes_back_in_parts(shop: Shop, sandbox: Sandbox) -> None:
    path = shop.paid(amount="25000000.00")
    given = shop.post(f"{path}refunds/", {"reason": "returned goods"}, 201)

    assert [o["amount"] for o in given["operations"]] == ["10000000.00", "10000000.00", "5000000.00"]
    assert shop.get(path)["status"] == "refunded"
    assert sandbox.ledger("refund") == [10_000_000.0, 10_000_000.0, 5_000_000.0]


def test_a_hold_goes_from_authorized_to_paid_in_part(shop: Shop, sandbox: Sandbox) -> None:
    path = shop.paid(amount="185000.00", capture="manual")
    authorized = shop.get(path)["status"]
    taken = shop.post(f"{path}payment/capture/", {"amount": "150000.00"})
    order = shop.get(path)

    assert authorized == "authorized"
    assert (taken["status"], taken["captured"]) == ("success", "150000.00")
    assert (order["status"], order["captured"]) == ("paid", "150000.00")
    assert (sandbox.ledger("capture"), sandbox.ledger("release")) == ([150000.0], [35000.0])
