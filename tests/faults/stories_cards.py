"""Codes sent again, cards proved elsewhere, and saved ones, as they are told, and killed, in the sweep."""

from typing import Final

from tests.faults.plans import saves_and_pays
from tests.faults.shop import AMOUNT, BANK_CARD, PHONE
from tests.faults.stories_payments import WORST, to_the_code
from tests.faults.sweep import Actors, Story

_KNOWN: Final = {
    "amount": AMOUNT,
    "customer": {"user_id": "17", "phone": PHONE, "email": "alisher@example.uz"},
}


def _resent(on: Actors) -> None:
    """The code is sent again, and the answer to that is lost."""
    to_the_code(on)
    on.world.passes(40)
    on.world.octo.meets({"path": "check_pan", "kind": "reset_after"})
    on.boundaries.armed = True
    on.step("resend", on.shop.resend)
    on.world.passes(3)
    on.step("status", on.shop.status)
    on.step("verify", on.shop.verify)
    on.step("callback", on.world.deliver)


def _at_the_bank(on: Actors) -> None:
    on.boundaries.armed = True
    on.step("order", on.shop.order)
    on.step("initiate", on.shop.initiate)
    on.step("confirm", on.shop.confirm)
    on.world.pays_at_octo(str(on.shop.memory.shop_transaction_id))
    on.step("status", on.shop.status)
    on.step("callback", on.world.deliver)


def _on_the_hosted_page(on: Actors) -> None:
    on.boundaries.armed = True
    on.step("order", on.shop.order)
    on.step("initiate", on.shop.initiate)
    on.world.pays_at_octo(str(on.shop.memory.shop_transaction_id))
    on.world.passes(6)
    on.step("status", on.shop.status)
    on.step("callback", on.world.deliver)


def _saved(on: Actors) -> None:
    on.step("save card", on.shop.save_card)
    on.step("prove card", on.shop.prove_card)
    on.step("callback", on.world.deliver)


def _saved_and_paid(on: Actors) -> None:
    on.boundaries.armed = True
    _saved(on)
    on.step("order", on.shop.order)
    on.step("initiate", on.shop.initiate)
    on.step("confirm", on.shop.confirm_saved)
    on.step("verify", on.shop.verify)
    on.step("callback", on.world.deliver)
    on.step("revoke", on.shop.revoke_card)


def _saved_in_doubt(on: Actors) -> None:
    """Whether OCTO took the card is not known; the shop waits until it is over, and has it saved anew."""
    on.world.octo.meets({"path": "bind_card", "kind": "reset_after"})
    on.boundaries.armed = True
    on.step("save card", on.shop.save_card)
    on.world.passes(1900)
    on.step("worker", on.service.work)
    _saved(on)


def _revoked(on: Actors) -> None:
    """The answer to its blocking is lost, and a worker has it blocked again."""
    _saved(on)
    on.world.octo.meets({"path": "block_card_token", "kind": "reset_after"})
    on.boundaries.armed = True
    on.step("revoke", on.shop.revoke_card)
    on.world.passes(130)
    on.step("worker", on.service.work)


CARDS: Final = (
    Story(name="the code sent again, its answer lost, the shop retries", told=_resent, switches=WORST),
    Story(name="proved at the bank, the shop retries", told=_at_the_bank, card=BANK_CARD),
    Story(
        name="paid on OCTO's page, the shop retries",
        told=_on_the_hosted_page,
        wanted={"amount": AMOUNT, "mode": "redirect"},
    ),
    Story(
        name="a card saved, paid with and revoked, the shop retries",
        told=_saved_and_paid,
        plan=saves_and_pays,
        wanted=_KNOWN,
        switches=WORST,
    ),
    Story(
        name="a card saved, paid with and revoked, the shop is gone",
        told=_saved_and_paid,
        retried=False,
        wanted=_KNOWN,
    ),
    Story(
        name="a card saved, the answer lost, the shop retries",
        told=_saved_in_doubt,
        plan=saves_and_pays,
        wanted=_KNOWN,
    ),
    Story(name="a card revoked, the answer lost, blocked by a worker", told=_revoked, retried=False, wanted=_KNOWN),
)
