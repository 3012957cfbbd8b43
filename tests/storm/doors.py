"""What lies between the use cases of a storm and OCTO: our calls go out to its stand-in, its callbacks come in."""

from datetime import timedelta

from adapters.octo.callback import OctoCallbackReader
from adapters.octo.cards import OctoCards
from adapters.octo.strict_json import render
from adapters.octo.token_callback import OctoTokenReportReader
from domain.errors import Refusal
from domain.ports import StorageUnavailable
from tests.fakes.world import FROM_OCTO, World
from tests.storm.octo import UNIQUE_KEY


def attach(world: World, gateway: OctoCards) -> None:
    """The use cases speak to the stormy OCTO from here on, and close nothing by age alone."""
    w = world
    for part in (w.payments, w.resending, w.holds, w.refunding, w.receipts, w.token_payments, w.payments._asking):
        part._gateway = gateway
    for keeper in (w.saving, w.revoking):
        keeper._gateway = gateway
    w.payments._asking._give_up_after = timedelta(0)
    w.notifications._reader = OctoCallbackReader([UNIQUE_KEY])
    w.card_callbacks._reader = OctoTokenReportReader()


def answer(world: World, url: str, raw: bytes) -> tuple[int, str]:
    """A callback of OCTO's comes to one of our addresses; what it is answered."""
    try:
        if "/cards/notify/" not in url:
            return 200, render(world.notifications.receive(raw, FROM_OCTO))
        card_id, secret = url.rstrip("/").split("/")[-2:]
        return 200, render(world.card_callbacks.receive(card_id, secret, raw, FROM_OCTO))
    except StorageUnavailable:
        return 503, ""
    except Refusal:
        return 400, ""
