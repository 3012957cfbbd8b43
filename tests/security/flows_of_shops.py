"""What else a shop does with cards and secrets: holds, receipts, kept cards, webhooks, signing in."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode, urlsplit

from adapters.database.unit_of_work import Database
from adapters.hashing import Argon2Hasher
from domain.ports import Client
from entrypoints.http.caller import ALL_RIGHTS
from tests.faults.live import free_port, wait_until
from tests.security.flows import CVC, HOLDER, PHONE, Json, Payer

CUSTOMER: Final[Json] = {"user_id": "17", "phone": PHONE, "email": "alisher@example.uz"}
FISCAL: Final[Json] = {
    "name": "Koʻrpa", "quantity": 1, "price": "185000.00", "spic": "00305001001000000", "package_code": "1425207",
    "vat": True, "tin": "123456789",
}  # fmt: skip
RIGHT: Final = "111111"
TOKEN: Final = "tok-Hq83zLw5VnMarkerTokenNeverStored"


def takes_a_hold(payer: Payer) -> None:
    """A part of it, and gives a part of that back, whose answer is lost the first time."""
    order_id = _paid(payer, "authorized", capture="manual")
    payer.sends("POST", f"/api/orders/{order_id}/payment/capture/", {"amount": "160000.00"})
    _awaits(payer, order_id, "paid")
    payer.live.octo.also_meets({"path": "refund", "kind": "reset_after", "shop_transaction_id": f"{order_id}-1"})
    payer.sends("POST", f"/api/orders/{order_id}/refunds/", {"amount": "20000.00", "reason": "Came too late"})
    payer.sends("GET", f"/api/orders/{order_id}/refunds/")
    payer.sends("GET", f"/api/orders/{order_id}/payment/events/")


def has_a_receipt(payer: Payer) -> None:
    order_id = _paid(payer, "paid", items=[FISCAL], customer=CUSTOMER)
    wait_until(lambda: (payer.sends("GET", f"/api/orders/{order_id}/")[1]["receipt"] or {}).get("state") == "ready")


def pays_with_a_kept_card(payer: Payer) -> None:
    body = {"customer_user_id": "17", "card_number": payer.card(), "expire": "1240", "phone": PHONE, "cvc": CVC}
    _, saved = payer.sends("POST", "/api/cards/", body | {"cardholder_name": HOLDER})
    payer.sends("POST", f"/api/cards/{saved['id']}/verify-otp/", {"sms_key": RIGHT})
    wait_until(lambda: payer.sends("GET", f"/api/cards/{saved['id']}/")[1]["status"] == "active")
    _pays_with(payer, saved["id"])
    _, other = payer.sends("POST", "/api/cards/", body | {"cardholder_name": HOLDER, "card_number": payer.card()})
    _gets_a_token(payer, other["id"])
    _pays_with(payer, other["id"])


def _gets_a_token(payer: Payer, card_id: str) -> None:
    """In a callback like OCTO's, which never tells a token otherwise; and with whatever else it may carry."""
    asked = urlsplit(payer.live.octo.calls("bind_card")[-1]["body"]["bind_notify_url"])
    payer.secrets |= {"card token": TOKEN, "secret of a card's callback": asked.path.rstrip("/").rpartition("/")[2]}
    told = {"shop_transaction_id": card_id, "status": "active", "card_token": TOKEN, "pan": payer.card(), "exp": "3012"}
    for sent in (told | {"card_token": TOKEN * 20}, told | {"shop_transaction_id": "other"}, told, told):
        payer.sends("POST", asked.path, sent)
    assert payer.sends("GET", f"/api/cards/{card_id}/")[1]["status"] == "active"


def _pays_with(payer: Payer, card_id: str) -> None:
    order_id, transaction_id = payer.order(customer=CUSTOMER)
    by_card = {"transaction_id": transaction_id, "saved_card_id": card_id, "cvc": CVC}
    payer.sends("POST", f"/api/orders/{order_id}/payment/confirm/", by_card)
    payer.verifies(order_id, transaction_id, RIGHT)
    payer.sends("DELETE", f"/api/cards/{card_id}/")


def is_told(payer: Payer) -> None:
    """By webhooks, to an address where nobody listens. A secret is shown once."""
    url = {"url": f"http://127.0.0.1:{free_port()}/hooks"}
    _, endpoint = payer.sends("POST", "/api/webhooks/endpoints/", url, Idempotency_Key="an-endpoint")
    payer.heard.pop(-2)
    _, rotated = payer.sends("POST", f"/api/webhooks/endpoints/{endpoint['id']}/rotate-secret/", {})
    payer.heard.pop(-2)
    for name, shown in (("webhook secret", endpoint["secret"]), ("rotated webhook secret", rotated["secret"])):
        payer.secrets[name] = shown.removeprefix("whsec_")
    payer.sends("POST", "/api/webhooks/endpoints/", url, Idempotency_Key="an-endpoint")
    payer.sends("POST", f"/api/webhooks/endpoints/{endpoint['id']}/test/", {})
    order_id, transaction_id, _ = payer.confirms(payer.card())
    payer.verifies(order_id, transaction_id, RIGHT)
    # One attempt is all there may be for long: an endpoint that does not answer rests, and its other deliveries with it.
    wait_until(lambda: any(d["attempts"] for d in payer.sends("GET", "/api/webhooks/deliveries/")[1]["items"]))
    payer.sends("DELETE", f"/api/webhooks/endpoints/{endpoint['id']}/")


def signs_in(payer: Payer) -> None:
    """With its secret in the form, in the header, in the address, and with a wrong one."""
    secret, wrong = "Qv7mZ2-secret-of-a-client-that-signs-in", "Zt4kP9-a-secret-that-somebody-guesses"
    payer.secrets |= {"client secret": secret, "guessed secret": wrong}
    opened = Database.at(payer.live.database.url)
    known = Client(
        id="signing",
        name="Signing",
        secret_hash=Argon2Hasher().hash(secret),
        scopes=tuple(ALL_RIGHTS),
        created_at=payer.live.clock.now(),
    )
    opened.clients.add(known)
    opened.dispose()
    form = {"grant_type": "client_credentials", "client_id": "signing"}
    as_form = {"Content_Type": "application/x-www-form-urlencoded", "Authorization": ""}
    for shown in (wrong, secret):
        body = urlencode(form | {"client_secret": shown}).encode()
        _, given = payer.sends("POST", "/api/auth/token/", raw=body, **as_form)
        payer.sends("POST", "/api/auth/token/", form | {"client_secret": shown, "scope": shown}, Authorization="")
        payer.sends("POST", f"/api/auth/token/?client_secret={shown}", raw=b"", **as_form)
        payer.sends("GET", "/api/orders/", Authorization=f"Bearer {shown}")
        if "access_token" in given:
            payer.secrets["token of a client"] = given["access_token"].rpartition(".")[2]
    payer.heard = [heard for heard in payer.heard if b'"access_token"' not in heard]
    assert "token of a client" in payer.secrets


FLOWS_OF_SHOPS: Final[tuple[Callable[[Payer], None], ...]] = (
    takes_a_hold,
    has_a_receipt,
    pays_with_a_kept_card,
    is_told,
    signs_in,
)


def _paid(payer: Payer, becomes: str, **order: object) -> str:
    order_id, transaction_id, status = payer.confirms(payer.card(), payer.order(**order))
    assert status == 200
    assert payer.verifies(order_id, transaction_id, RIGHT) == 200
    _awaits(payer, order_id, becomes)
    return order_id


def _awaits(payer: Payer, order_id: str, becomes: str) -> None:
    wait_until(lambda: payer.sends("GET", f"/api/orders/{order_id}/")[1]["status"] == becomes)
