"""Every contradiction in what is known of OCTO, as a switch that a control call can turn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Switch:
    default: Any
    allowed: str
    accepts: Callable[[Any], bool]
    about: str


class UnknownSwitch(Exception):
    """A switch that does not exist, or a value that it does not take."""


def _number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value >= 0


def _one_of(about: str, *choices: Any) -> Switch:
    """The first choice is the default."""
    shown = " | ".join(str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in choices)
    return Switch(choices[0], shown, lambda value: any(type(value) is type(c) and value == c for c in choices), about)


def _amount(about: str, default: Any) -> Switch:
    return Switch(default, "a number, 0 or more", _number, about)


def _count(about: str, default: int) -> Switch:
    return Switch(default, "an integer, 1 or more", lambda value: type(value) is int and value >= 1, about)


def _list(about: str, default: list[Any], allowed: str, accepts: Callable[[Any], bool]) -> Switch:
    return Switch(default, allowed, lambda value: isinstance(value, list) and all(map(accepts, value)), about)


SWITCHES: dict[str, Switch] = {
    # prepare_payment
    "prepare_payload": _one_of("where prepare_payment puts its fields", "both", "data", "top_level"),
    "prepare_repeat": _one_of("a repeated full request: error 0, or error 1 with data", "error_0", "error_1"),
    "success_message": _one_of("errMessage of a success", "documented", "null", "empty", "missing"),
    "auto_capture_default": _one_of("auto_capture when it is not sent", True, False),
    "notify_url": _one_of("a payment without notify_url: the cabinet's, or error 1", "from_cabinet", "required"),
    "user_data": _one_of("what user_data must be: anything, whole (else 1), or absent (10)", "any", "whole", "refused"),
    "tsp_id": _one_of("required: error 13 without it", "optional", "required"),
    "shop_status": _one_of("test_only: real payments get error 5", "active", "test_only"),
    "currencies": _list(
        "what the shop may charge in, else error 6",
        ["UZS", "USD", "RUB"],
        "a list of currency codes",
        lambda code: code in ("UZS", "USD", "RUB"),
    ),
    "ttl_default_minutes": _count("life of a payment without ttl", 15),
    "ttl": _one_of("after its ttl a payment is canceled, or can still be paid", "strict", "lenient"),
    "status_read_fields": _one_of("the three-field read: with amounts, or the documented three", "full", "three"),
    "status_read_seconds": _amount("reads of one payment closer than this get error 11", 1),
    # pay
    "pay_exp_order": _one_of("exp in pay", "YYMM", "MMYY"),
    "pay_status": _one_of("the status that pay answers while an OTP is pending", "created", "wait_user_action"),
    "payment_id": _one_of("data.id of pay: one per payment, or a new one per card", "per_payment", "per_pay"),
    "pay_email": _one_of("email in pay, once user_data was given", "with_user_data", "optional"),
    "cvc2": _one_of("who must send cvc2", "bank_card", "always", "never"),
    "card_holder": _one_of("cardHolderName in pay", "optional", "required"),
    "debit_on_pay": _one_of(
        "every accepted pay debits the card, not the code; given back if the payment is canceled", False, True
    ),
    # OTP
    "otp": _one_of("the right code: 111111 always, or a random one", "fixed", "random"),
    "otp_seconds": _count("life of a code", 120),
    "otp_tries": _count("wrong codes until the payment is canceled", 3),
    "otp_resends": _count("check_pan calls until error 17", 3),
    "sms_sent_by": _one_of("which call sends the first SMS", "verificationInfo", "pay"),
    "verification_info_method": _one_of("methods of verificationInfo, 405 otherwise", "both", "get", "post"),
    "verification_info_payload": _one_of("where verificationInfo puts its fields", "data", "top_level"),
    "verification_info_id": _one_of("verificationInfo also returns the payment id", False, True),
    "payment_id_type": _one_of("paymentId in check_sms_key and check_pan", "int", "uuid", "both"),
    "check_sms_key_answer": _one_of("data of an accepted code", "snake_case", "camelCase", "none"),
    "debit_delay_seconds": _amount("time from the right code to the debit (status stays wait_user_action)", 0),
    # holds, refunds, bindings, receipts
    "hold_minutes": _count("life of a hold; OCTO's docs say 30 minutes in one place, 7 or 30 days in another", 30),
    "final_amount": _one_of("final_amount in set_accept: capture", "optional", "required"),
    "set_accept_payload": _one_of("where set_accept puts its fields", "both", "data", "top_level"),
    "refund_wrong_amount_error": _one_of("error of a wrong refund amount", 22, 3),
    "refund_status": _one_of(
        "first status of a refund; those that are not final succeed after refund_seconds",
        "succeeded",
        "new",
        "pending",
        "unknown",
        "canceled",
        "failed",
        "error",
    ),
    "refund_seconds": _amount("time until a pending refund is settled", 60),
    "refund_maximum_uzs": _amount("most that one refund may give back", 10_000_000),
    "refund_remainder": _one_of("what a partial refund leaves must itself be refundable", "any", "at_least_minimum"),
    "uzs_per_usd": _amount("a refund must be worth one US dollar", 12_500),
    "bind_notify_urls": _one_of("notify_url and bind_notify_url in bind_card", "required", "optional"),
    "bind_payload": _one_of("where bind_card puts its fields", "both", "data", "top_level"),
    "block_token_payload": _one_of("where block_card_token puts its status", "both", "data", "top_level"),
    "bind_check_path": _one_of("the path below /bind_card/, 403 otherwise", "check_sms_key", "check_sms", "both"),
    "bind_callback_pan": _one_of("pan in the callback of a binding", "full", "masked"),
    "block_token_field": _one_of("the token's name in block_card_token", "card_token", "token", "both"),
    "token_otp": _one_of("paying by token asks for a code, or succeeds at once", "required", "none"),
    "supplier_shops": _list(
        "known supplier_shop_id values, else error 8", [5001, 5002], "a list of integers", lambda one: type(one) is int
    ),
    "fiscal_objects": _list(
        "registered combinations of spic, package_code, nds, inn, pinfl, else error 403",
        [
            {"spic": "00305001001000000", "package_code": "1425207", "nds": 1, "inn": "123456789"},
            {"spic": "00305001001000000", "package_code": "1425207", "nds": 0, "pinfl": "12345678901234"},
        ],
        "a list of objects",
        lambda one: isinstance(one, dict),
    ),
    "fiscal_seconds": _amount("time from the payment until its receipt is there", 0),
    # callbacks
    "signature": _one_of("SHA1(unique_key+uuid+status), or sha1(sha1(secret,hash_key),…)", "unique_key", "hash_key"),
    "signature_case": _one_of("hex digits of the signature", "upper", "lower"),
    "callback_sending": _one_of("manual: only POST /sandbox/callbacks/deliver sends", "auto", "manual", "off"),
    "callback_delays_seconds": _list(
        "one attempt per entry, each after waiting so long", [0.05, 1, 2], "a list of numbers", _number
    ),
    "callback_timeout_seconds": _amount("how long the receiver may take", 5),
    "callback_before_answer": _one_of("callbacks are sent before the call that caused them is answered", False, True),
    "callback_on_set_accept": _one_of("a callback after set_accept", True, False),
    "callback_after_reply": _one_of("succeeded is sent after the answer to a callback was capture", True, False),
    "callback_on_refund": _one_of("a callback when a refund has succeeded", False, True),
    "callback_on_expiry": _one_of("a callback when ttl or hold runs out", False, True),
    "commission_percent": _amount("what transfer_sum lacks of total_sum", Decimal("3.5")),
}


class Switches:
    def __init__(self) -> None:
        self._turned: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        return self._turned.get(name, SWITCHES[name].default)

    def turn(self, values: Mapping[str, Any]) -> None:
        """All of them or, with UnknownSwitch, none."""
        for name, value in values.items():
            if name not in SWITCHES:
                raise UnknownSwitch(f"there is no switch {name!r}; GET /sandbox/switches lists them")
            if not SWITCHES[name].accepts(value):
                raise UnknownSwitch(f"switch {name!r} takes {SWITCHES[name].allowed}")
        self._turned.update(values)

    def all(self) -> dict[str, Any]:
        return {name: self[name] for name in SWITCHES}

    def reset(self) -> None:
        self._turned.clear()
