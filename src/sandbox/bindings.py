"""bind_card, its code check, card tokens and the callback that brings them."""

from datetime import timedelta
from decimal import Decimal

from sandbox.callbacks import Delivery
from sandbox.cards import Rule, is_expired, read_card, read_expiry
from sandbox.envelope import Json, Refusal, camel_case, integer, is_blank, missing_text, require, text
from sandbox.ledger import Entry, Kind
from sandbox.otp import check_code
from sandbox.pay import redirect_path
from sandbox.payments import Binding, Status, Token, TokenStatus
from sandbox.shop import CREDENTIALS, authorize
from sandbox.state import Sandbox

LIFE = timedelta(minutes=15)
TRIAL_DEBIT = Decimal("1000.00")


def bind_card(sandbox: Sandbox, body: Json) -> Json:
    require(body, *CREDENTIALS, "shop_transaction_id", "pan", "exp", "phone", "method")
    if sandbox.switches["bind_notify_urls"] == "required":
        missing = [camel_case(name) for name in ("bind_notify_url", "notify_url") if is_blank(body.get(name))]
        if missing:
            raise Refusal(1, missing_text(missing))
    check_phone(text(body, "phone"))
    authorize(sandbox, body)
    known = sandbox.bindings.get(text(body, "shop_transaction_id"))
    return shown(sandbox, known or register(sandbox, body))


def check_phone(phone: str) -> None:
    if not (phone.isascii() and phone.isdigit() and len(phone) == 12 and phone.startswith("998")):
        raise Refusal(1, "Wrong phone format")


def register(sandbox: Sandbox, body: Json) -> Binding:
    now = sandbox.clock.now()
    pan, exp = text(body, "pan"), text(body, "exp")
    method, holder = text(body, "method"), text(body, "cardHolderName")
    card = read_card(pan, exp, exp_order="YYMM", exp_name="exp", method=method, holder=holder)
    if is_expired(read_expiry(exp, order="YYMM", name="exp"), now):
        raise Refusal(-54, "Card is expired")
    if card.rule is Rule.DENIED and card.denial:
        raise Refusal(card.denial.code, card.denial.message)
    binding = Binding(
        shop_transaction_id=text(body, "shop_transaction_id"),
        uuid=sandbox.new_uuid(),
        payment_id=next(sandbox.counters.payment_id),
        created_at=now,
        expires_at=now + LIFE,
        status=Status.WAIT_USER_ACTION,
        card=card,
        otp_expected=card.is_local,
        pan=pan,
        exp=exp,
        notify_url=text(body, "bind_notify_url") or text(body, "notify_url"),
        return_url=text(body, "return_url"),
    )
    sandbox.bindings[binding.shop_transaction_id] = binding
    sandbox.payments.add(binding)
    return binding


def shown(sandbox: Sandbox, binding: Binding) -> Json:
    return {
        "shop_transaction_id": binding.shop_transaction_id,
        "octo_payment_UUID": binding.uuid,
        "status": Status.CREATED if binding.is_open else binding.status,
        "octo_pay_url": sandbox.config.base_url + redirect_path(binding),
    }


def check_binding_code(sandbox: Sandbox, body: Json) -> Json:
    require(body, *CREDENTIALS, "smsKey", "paymentUUID", "verifyId")
    code, verify_id = text(body, "smsKey"), integer(body, "verifyId")
    authorize(sandbox, body)
    binding = sandbox.payments.by_uuid(text(body, "paymentUUID"))
    if not isinstance(binding, Binding):
        raise Refusal(11, "Binding not found")
    if not binding.is_open or not binding.otp_expected:
        raise Refusal(10, f"Binding status [{binding.status}] does not wait for a code")
    if binding.otp is None or binding.otp.verify_id != verify_id:
        raise Refusal(11, "Verification not found")
    enter_code(sandbox, binding, code)
    card = binding.card
    return {"status": binding.status, "first6": card and card.first6, "last4": card and card.last4}


def enter_code(sandbox: Sandbox, binding: Binding, code: str) -> None:
    check_code(sandbox, binding, code, lambda: fail(sandbox, binding))
    activate(sandbox, binding)


def activate(sandbox: Sandbox, binding: Binding) -> None:
    """A small debit, given back at once, proves the card."""
    if binding.card and binding.card.rule is Rule.FUNDS_AT_DEBIT and binding.card.denial:
        fail(sandbox, binding)
        raise Refusal(binding.card.denial.code, binding.card.denial.message)
    for kind in (Kind.DEBIT, Kind.REFUND):
        sandbox.ledger.add(
            Entry(
                shop_transaction_id=binding.shop_transaction_id,
                uuid=binding.uuid,
                kind=kind,
                amount=TRIAL_DEBIT,
                currency="UZS",
                at=sandbox.clock.now(),
                card=binding.card,
            )
        )
    token = Token(value=sandbox.new_uuid().replace("-", ""), card=binding.card)
    sandbox.tokens[token.value] = token
    binding.token = token
    binding.status = TokenStatus.ACTIVE
    announce(sandbox, binding)


def fail(sandbox: Sandbox, binding: Binding) -> None:
    binding.status = TokenStatus.FAILED
    announce(sandbox, binding)


def announce(sandbox: Sandbox, binding: Binding) -> None:
    """The token comes only here. The card number may come with it, as it does from OCTO."""
    pan = binding.pan
    if sandbox.switches["bind_callback_pan"] == "masked" and binding.card:
        pan = binding.card.masked_pan
    message = {
        "shop_transaction_id": binding.shop_transaction_id,
        "pan": pan,
        "exp": binding.exp,
        "cardHolderName": (binding.card and binding.card.holder) or None,
        "card_token": binding.token.value if binding.token else None,
        "status": binding.status,
    }
    sandbox.callbacks.emit(binding.shop_transaction_id, binding.notify_url, message)


def unconfirmed(sandbox: Sandbox, delivery: Delivery) -> None:
    """A token that the shop has not confirmed after the last attempt is canceled."""
    with sandbox.lock:
        token = sandbox.tokens.get(str(delivery.body.get("card_token")))
        if token:
            token.status = TokenStatus.BLOCKED


def block_card_token(sandbox: Sandbox, body: Json) -> Json:
    spelling = sandbox.switches["block_token_field"]
    field = "token" if spelling == "token" or (spelling == "both" and "token" in body) else "card_token"
    require(body, *CREDENTIALS, field)
    authorize(sandbox, body)
    token = sandbox.tokens.get(text(body, field))
    if token is None:
        raise Refusal(11, "Card token not found")
    token.status = TokenStatus.BLOCKED
    return {"status": token.status}
