"""Fiscal orders at the stand-in, over real sockets."""

from dataclasses import replace

import pytest

from adapters.octo.client import OctoGateway
from domain.money import Currency, Money
from domain.order import FiscalObject, Item, Order
from domain.ports import Denied
from domain.receipt import FiscalData
from domain.transaction import PaymentTransaction
from tests.integration.octo.given import AMOUNT, AT, a_card, a_customer, a_transaction, an_order
from tests.integration.octo.stand_in import RIGHT, Sandbox, gateway, value

REGISTERED = FiscalObject(spic="00305001001000000", package_code="1425207", vat=True, seller="123456789")
BY_A_PERSON = replace(REGISTERED, vat=False, seller="12345678901234")


def order(fiscal: FiscalObject | None = REGISTERED) -> Order:
    delivery = Money(100, Currency.UZS)
    goods = Money(AMOUNT.amount_minor - 100, Currency.UZS)
    return an_order(
        items=(Item("Non", 1, goods, fiscal), Item("Yetkazish", 1, delivery, fiscal)), customer=a_customer()
    )


def paid(octo: OctoGateway, of: Order) -> PaymentTransaction:
    transaction = a_transaction(octo_transaction_id=None, verification=None)
    report = value(octo.prepare(of, transaction, AT))
    transaction = replace(transaction, octo_transaction_id=report.octo_transaction_id)
    payment_id = value(octo.pay(of, transaction, a_card())).verification.payment_id
    check = value(octo.verification_info(transaction, AT))
    transaction = replace(transaction, verification=replace(check, payment_id=payment_id))
    value(octo.check_code(transaction, RIGHT))
    return transaction


@pytest.mark.parametrize("fiscal", [REGISTERED, BY_A_PERSON], ids=["company", "person"])
def test_a_paid_fiscal_order_has_a_receipt(sandbox: Sandbox, fiscal: FiscalObject) -> None:
    octo = gateway(sandbox)
    receipt: FiscalData = value(octo.fiscal_data(paid(octo, order(fiscal))))

    assert receipt.terminal_id in receipt.qr_code_url
    assert receipt.fiscal_sign in receipt.qr_code_url
    assert receipt.qr_code_url.startswith("https://ofd.soliq.uz/epi?t=")


def test_one_that_takes_its_time_is_denied_until_it_is_there(sandbox: Sandbox) -> None:
    sandbox.switch(fiscal_seconds=60)
    octo = gateway(sandbox)
    transaction = paid(octo, order())
    before = octo.fiscal_data(transaction)
    sandbox.control("POST", "clock", {"advance_seconds": 61})

    assert isinstance(before, Denied)
    assert value(octo.fiscal_data(transaction)).receipt_id


def test_what_is_not_fiscal_has_none(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)

    assert isinstance(octo.fiscal_data(paid(octo, order(fiscal=None))), Denied)


def test_an_object_that_is_not_registered_is_named(sandbox: Sandbox) -> None:
    unknown = replace(REGISTERED, spic="00305001001000001")
    refused = gateway(sandbox).prepare(order(unknown), a_transaction(octo_transaction_id=None), AT)

    assert isinstance(refused, Denied)
    assert refused.code == "403"
    assert "spic : 00305001001000001 package code : 1425207" in refused.message
