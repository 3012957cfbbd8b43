"""prepare_payment: a payment is registered, repeated or read."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.basket import check_fiscal_objects, check_sum, check_suppliers, read_basket
from sandbox.clock import TASHKENT, WALL_CLOCK
from sandbox.envelope import Json, Refusal, amount, camel_case, flag, integer, is_blank, missing_text, require, text
from sandbox.notification import transfer_sum
from sandbox.payments import Payment
from sandbox.shop import CREDENTIALS, authorize
from sandbox.state import Sandbox

NEEDED_TO_CREATE = ("total_sum", "currency", "description", "init_time")
METHODS = ("bank_card", "uzcard", "humo")
USER_DATA = ("user_id", "phone", "email")
LANGUAGES = ("oz", "uz", "ru", "en")
REPEATED = "This payment was created by previous request"


def prepare_payment(sandbox: Sandbox, body: Json) -> Json:
    require(body, *CREDENTIALS, "shop_transaction_id")
    known = sandbox.payments.by_reference(text(body, "shop_transaction_id"))
    wants_status = is_status_read(body)
    if known is None and not wants_status:
        require_new(sandbox, body)
    authorize(sandbox, body)
    if known is None:
        if wants_status:
            raise Refusal(1, missing_text([camel_case(name) for name in NEEDED_TO_CREATE]))
        return summary(sandbox, register(sandbox, body))
    return read_status(sandbox, known) if wants_status else repeat(sandbox, known)


def is_status_read(body: Json) -> bool:
    """Without total_sum nothing can be registered: the documented way to ask for a status."""
    return is_blank(body.get("total_sum"))


def require_new(sandbox: Sandbox, body: Json) -> None:
    optional = ("notify_url",) if sandbox.switches["notify_url"] == "required" else ()
    require(body, *NEEDED_TO_CREATE, *optional)


def read_status(sandbox: Sandbox, payment: Payment) -> Json:
    now = sandbox.clock.now()
    pause = timedelta(seconds=float(sandbox.switches["status_read_seconds"]))
    if payment.read_at is not None and now < payment.read_at + pause:
        raise Refusal(11, "Requests too often. Minimum delay is 1 second")
    payment.read_at = now
    data = summary(sandbox, payment)
    if sandbox.switches["status_read_fields"] == "three":
        data = {name: data[name] for name in ("shop_transaction_id", "octo_payment_UUID", "status")}
    return data


def repeat(sandbox: Sandbox, payment: Payment) -> Json:
    """The first request fixed everything; a later one only learns what became of it."""
    if sandbox.switches["prepare_repeat"] == "error_1":
        raise Refusal(1, REPEATED, summary(sandbox, payment))
    return summary(sandbox, payment)


def summary(sandbox: Sandbox, payment: Payment) -> Json:
    data: Json = {
        "shop_transaction_id": payment.shop_transaction_id,
        "octo_payment_UUID": payment.uuid,
        "status": payment.status,
        "octo_pay_url": f"{sandbox.config.base_url}/pay/{payment.uuid}?language={payment.language}",
        "refunded_sum": payment.refunded_sum,
        "total_sum": payment.total_sum,
    }
    if payment.paid_at:
        data["transfer_sum"] = transfer_sum(sandbox, payment)
    return data


def register(sandbox: Sandbox, body: Json) -> Payment:
    now = sandbox.clock.now()
    total = amount(body, "total_sum")
    init_time = read_init_time(text(body, "init_time"))
    ttl = sandbox.switches["ttl_default_minutes"] if body.get("ttl") is None else integer(body, "ttl")
    if not 0 < ttl <= 1_000_000:
        raise Refusal(1, "Wrong params: [ttl] must be a positive number of minutes")
    language = text(body, "language")
    payment = Payment(
        shop_transaction_id=text(body, "shop_transaction_id"),
        uuid=sandbox.new_uuid(),
        payment_id=next(sandbox.counters.payment_id),
        created_at=now,
        expires_at=now + timedelta(minutes=ttl),
        merchant_created_at=init_time,
        initial_sum=total,
        total_sum=total,
        currency=text(body, "currency"),
        description=text(body, "description"),
        auto_capture=flag(body, "auto_capture", sandbox.switches["auto_capture_default"]),
        is_test=flag(body, "test", False),
        return_url=text(body, "return_url"),
        notify_url=text(body, "notify_url") or sandbox.config.notify_url,
        language=language if language in LANGUAGES else "uz",
        methods=read_methods(body.get("payment_methods")),
        basket=read_basket(body.get("basket")),
        user_data=read_user_data(body.get("user_data")),
    )
    check_business_rules(sandbox, payment, body)
    sandbox.payments.add(payment)
    return payment


def read_init_time(written: str) -> datetime:
    try:
        return datetime.strptime(written, WALL_CLOCK).replace(tzinfo=TASHKENT)
    except ValueError:
        raise Refusal(1, "Wrong params: [initTime] must be yyyy-MM-dd HH:mm:ss") from None


def read_methods(given: Any) -> list[str]:
    if given is None:
        return list(METHODS)
    if not isinstance(given, list) or not all(isinstance(item, dict) and "method" in item for item in given):
        raise Refusal(1, 'Wrong params: [paymentMethods] must be a list of {"method": "..."}')
    return [str(item["method"]) for item in given] or list(METHODS)


def read_user_data(given: Any) -> Json | None:
    if given is not None and not isinstance(given, dict):
        raise Refusal(1, "Wrong params: [userData] must be an object")
    return given


def check_business_rules(sandbox: Sandbox, payment: Payment, body: Json) -> None:
    switches = sandbox.switches
    if switches["shop_status"] == "test_only" and not payment.is_test:
        raise Refusal(5, "Merchant status [emailok] is not allowed for non-test Payments.")
    if payment.currency not in switches["currencies"]:
        raise Refusal(6, f"Currency [{payment.currency}] is not allowed")
    for method in payment.methods:
        if method not in METHODS:
            raise Refusal(7, f"Payment method [{method}] is not allowed")
    if payment.basket:
        check_sum(payment.basket, payment.total_sum)
        check_suppliers(sandbox, payment.basket)
        check_fiscal_objects(sandbox, payment.basket)
    if not payment.notify_url and not payment.auto_capture:
        raise Refusal(9, "notify_url is required when auto_capture is false")
    if switches["tsp_id"] == "required" and is_blank(body.get("tsp_id")):
        raise Refusal(13, "tsp_id is required for this merchant")
    if payment.user_data is not None:
        check_user_data(switches["user_data"], payment.user_data)


def check_user_data(rule: str, user_data: Json) -> None:
    if rule == "refused":
        raise Refusal(10, "user_data is not allowed")
    missing = [f"userData.{camel_case(name)}" for name in USER_DATA if is_blank(user_data.get(name))]
    if rule == "whole" and missing:
        raise Refusal(1, missing_text(missing))
