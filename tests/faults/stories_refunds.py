"""Money given back, and the receipt of what was paid, as they are told, and killed, in the sweep."""

from functools import partial
from typing import Final

from tests.faults.plans import gives_back
from tests.faults.shop import PHONE
from tests.faults.stories_payments import WORST, to_the_code
from tests.faults.sweep import Actors, Story

_PARTS: Final = ("50000.00", "60000.00")
_LOST: Final = {"path": "refund", "kind": "reset_after"}
# Three operations of OCTO's.
_LARGE: Final = {"amount": "25000000.00"}
_FISCAL: Final = {
    "items": [
        {
            "name": "Koʻrpa",
            "quantity": 1,
            "price": "185000.00",
            "spic": "00305001001000000",
            "package_code": "1425207",
            "vat": True,
            "tin": "123456789",
        }
    ],
    "customer": {"user_id": "17", "phone": PHONE, "email": "alisher@example.uz"},
}


def _paid(on: Actors) -> None:
    to_the_code(on)
    on.step("verify", on.shop.verify)
    on.step("callback", on.world.deliver)


def _whole(on: Actors) -> None:
    """The answer to the second of three operations is lost, and the worker goes on."""
    _paid(on)
    on.world.octo.meets({"path": "refund", "kind": "delay_after", "seconds": 0}, _LOST)
    on.boundaries.armed = True
    on.step("refund", on.shop.refund)
    for seconds in (70, 130, 310):
        on.world.passes(seconds)
        on.step("settlement", on.service.work)


def _in_parts(on: Actors) -> None:
    _paid(on)
    on.boundaries.armed = True
    for amount in _PARTS:
        on.step("refund", partial(on.shop.refund, amount))
        on.world.passes(70)
        on.step("settlement", on.service.work)
    on.step("callback", on.world.deliver)


def _from_the_beginning(on: Actors) -> None:
    on.boundaries.armed = True
    _paid(on)
    on.step("refund", on.shop.refund)


def _receipt(on: Actors) -> None:
    """The receipt is not there when it is first asked for, and then its answer is lost."""
    _paid(on)
    on.boundaries.armed = True
    on.step("worker", on.service.work)
    on.world.octo.meets({"path": "fiscal-data", "kind": "reset_after", "times": 3})
    for seconds in (70, 130, 310):
        on.world.passes(seconds)
        on.step("worker", on.service.work)


REFUNDS: Final = (
    Story(
        name="refunded by three operations, one answer lost, the shop retries",
        told=_whole,
        plan=gives_back(None),
        ends=("refunded",),
        kept="0",
        wanted=_LARGE,
    ),
    Story(
        name="refunded by three operations, one answer lost, the shop is gone",
        told=_whole,
        retried=False,
        wanted=_LARGE,
    ),
    Story(
        name="refunded in parts, the shop retries",
        told=_in_parts,
        plan=gives_back(*_PARTS),
        ends=("partially_refunded",),
        kept="75000.00",
    ),
    Story(
        name="refunded in parts that OCTO leaves pending, the shop retries",
        told=_in_parts,
        plan=gives_back(*_PARTS),
        ends=("partially_refunded",),
        kept="75000.00",
        switches={"refund_status": "pending", "callback_on_refund": True},
    ),
    Story(
        name="paid and refunded, OCTO debits at every pay, the shop retries",
        told=_from_the_beginning,
        plan=gives_back(None),
        ends=("refunded",),
        kept="0",
        switches=WORST,
    ),
    Story(
        name="a receipt, fetched by a worker",
        told=_receipt,
        retried=False,
        wanted=_FISCAL,
        switches={"fiscal_seconds": 60},
    ),
)
