"""What we send to OCTO about cards that it keeps, word for word, and what of it may be kept."""

from adapters.octo.redaction import masked
from adapters.octo.strict_json import render
from adapters.octo.wire import Account, Question
from adapters.octo.words import Call
from domain.card import Card, CardToken, OneTimeCode
from domain.ports import BindingRequest
from domain.saved_card import SavedCard


def bind(account: Account, saved: SavedCard, card: Card, request: BindingRequest) -> Question:
    """Both addresses are sent: the documents call them optional, the live API wants them."""
    exp = f"{card.year % 100:02}{card.month:02}"
    may_be_kept = {"octo_shop_id": account.shop_id, "shop_transaction_id": saved.id, "method": card.scheme.value}
    body = (
        account.named()
        | {"shop_transaction_id": saved.id, "pan": card.number, "exp": exp, "phone": request.phone}
        | {"method": card.scheme.value}
        | ({"cardHolderName": card.holder} if card.holder else {})
        | ({"cvc2": card.cvc} if card.cvc else {})
        | {
            "notify_url": request.notify_url,
            "bind_notify_url": request.bind_notify_url,
            "return_url": request.return_url,
        }
    )
    secrets = (account.secret, card.number, exp, request.callback_secret) + ((card.cvc,) if card.cvc else ())
    return Question(Call.BIND, "POST", "/bind_card", render(body), may_be_kept | {"pan": masked(card.number)}, secrets)


def info(saved: SavedCard, *, post: bool = False) -> Question:
    path = f"/verificationInfo/{_octo_id(saved)}"
    return Question(Call.BINDING_INFO, "POST" if post else "GET", path, "{}" if post else None, {})


def check_code(account: Account, saved: SavedCard, code: OneTimeCode, path: str) -> Question:
    if saved.verification is None or saved.verification.verify_id is None:
        raise ValueError("no code is expected")
    asked = {"paymentUUID": _octo_id(saved), "verifyId": saved.verification.verify_id}
    body = render(account.named() | {"smsKey": code.digits} | asked)
    return Question(Call.CHECK_BINDING_CODE, "POST", path, body, asked, (account.secret, code.digits))


def block(account: Account, token: CardToken, field: str) -> Question:
    body = render(account.named() | {field: token.text})
    kept = {"octo_shop_id": account.shop_id}
    return Question(Call.BLOCK, "POST", "/block_card_token", body, kept, (account.secret, token.text))


def _octo_id(saved: SavedCard) -> str:
    if saved.octo_binding_id is None:
        raise ValueError("OCTO has not confirmed this binding")
    return saved.octo_binding_id
