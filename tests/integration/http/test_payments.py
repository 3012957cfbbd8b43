"""/api/orders/{order_id}/payment/ over HTTP: each row of the table, each outcome."""

import pytest

from domain.moves import Word
from domain.report import Verification, Way
from tests.fakes.gateway import FakeGateway, answered, denied, lost, never_left, unknown
from tests.fakes.world import OTHER_UZCARD, UZCARD, VISA
from tests.integration.http.shop import Api, card

TEXTS = {"uz": "Toʻlov", "ru": "Платёж", "en": "payment"}


def gateway(api: Api) -> FakeGateway:
    return api.world.gateway


def payment(order_id: str, step: str) -> str:
    return f"/api/orders/{order_id}/payment/{step}/"


def test_a_payment_goes_from_order_to_paid(api: Api) -> None:
    order_id = api.order()
    initiated = api.post(payment(order_id, "initiate"))
    transaction_id = initiated.json["transaction_id"]  # type: ignore[index]
    confirmed = api.post(payment(order_id, "confirm"), card(transaction_id))
    verified = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "111111"})
    status = api.get(payment(order_id, "status"))

    assert initiated.json == {
        "transaction_id": transaction_id,
        "shop_transaction_id": f"{order_id}-1",
        "status": "prepared",
        "expires_at": "2026-01-05T09:18:27.000Z",
    }
    assert confirmed.status_code == 200
    assert confirmed.json == {
        "transaction_id": transaction_id,
        "payment_id": 773_100_000_001,
        "status": "verification_required",
        "verification_url": f"https://pay2.octo.uz/uzcard/sms/{transaction_id}",
        "seconds_left": 120,
        "tries_left": 3,
        "phone": "+998** *****27",
    }
    assert verified.status_code == 200
    assert verified.json == {
        "transaction_id": transaction_id,
        "status": "processing",
        "message": "OTP verified. Payment is being processed.",
        "message_for_payer": "Kod qabul qilindi. Toʻlov bajarilmoqda, natijasini kuting.",
    }
    assert status.json == {
        "transaction_id": transaction_id,
        "payment_id": 773_100_000_001,
        "status": "success",
        "verification_url": None,
        "seconds_left": None,
        "tries_left": None,
        "phone": None,
        "error_code": None,
        "error_message": None,
        "shop_transaction_id": f"{order_id}-1",
        "amount": "185000.00",
        "currency": "UZS",
        "test": True,
        "expires_at": "2026-01-05T09:18:27.000Z",
        "held_until": None,
        "captured": "185000.00",
        "refunded": "0.00",
        "net": None,
        "commission": None,
        "paid_at": None,
        "rrn": None,
        "masked_card": None,
        "cancel_requested": False,
        "review": False,
    }
    assert api.get(f"/api/orders/{order_id}/").json["status"] == "paid"  # type: ignore[index]


@pytest.mark.parametrize("step", ["initiate", "confirm", "verify-otp", "status", "cancel"])
def test_each_step_answers_alike_without_the_trailing_slash(api: Api, step: str) -> None:
    order_id = api.order()
    path = payment(order_id, step)
    ask = api.get if step == "status" else api.post
    with_slash, without = ask(path), ask(path.rstrip("/"))

    assert with_slash.status_code == without.status_code
    assert with_slash.mimetype == without.mimetype


# ---- initiate


def test_a_second_tab_finds_the_payment_in_whatever_status_it_is(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    again = api.post(payment(order_id, "initiate"))

    assert again.json is not None
    assert (again.json["transaction_id"], again.json["status"]) == (transaction_id, "verification_required")
    assert gateway(api).count("prepare") == 1


@pytest.mark.parametrize(("asked", "octo"), [("uz", "oz"), ("ru", "ru"), ("en", "en")])
def test_the_language_goes_to_octo_in_its_own_words(api: Api, asked: str, octo: str) -> None:
    order_id = api.order()
    api.post(f"/api/orders/{order_id}/payment/initiate?language={asked}")

    assert gateway(api).payments[f"{order_id}-1"].transaction.terms.language == octo


def test_uzbek_is_the_default_language(api: Api) -> None:
    order_id = api.order()
    api.post(payment(order_id, "initiate"))

    assert gateway(api).payments[f"{order_id}-1"].transaction.terms.language == "oz"


@pytest.mark.parametrize("query", ["language=de", "language=", "lang=uz"])
def test_a_strange_language_starts_nothing(api: Api, query: str) -> None:
    order_id = api.order()
    answer = api.post(f"/api/orders/{order_id}/payment/initiate/?{query}")

    assert answer.status_code == 422
    assert gateway(api).calls == []


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_empty_body_is_enough_to_initiate(api: Api, body: bytes) -> None:
    answer = api.post(payment(api.order(), "initiate"), data=body, content_type="application/json")

    assert answer.status_code == 200


def test_in_redirect_mode_octos_page_is_handed_out_and_no_card_is_taken(api: Api) -> None:
    order_id = api.order(mode="redirect")
    initiated = api.post(payment(order_id, "initiate"))
    assert initiated.json is not None
    refused = api.post(payment(order_id, "confirm"), card(initiated.json["transaction_id"]))

    assert initiated.json["octo_pay_url"].startswith("https://pay2.octo.uz/pay/")
    assert refused.json is not None and refused.json["code"] == "paid_on_gateway_page"
    assert gateway(api).count("pay") == 0


def test_octos_refusal_to_register_is_a_502(api: Api) -> None:
    gateway(api).script("prepare", denied("5"))
    answer = api.post(payment(api.order(), "initiate"))

    assert answer.status_code == 502
    assert answer.json is not None and answer.json["code"] == "gateway_refused"


@pytest.mark.parametrize("outcome", [never_left(), unknown()])
def test_initiate_may_be_repeated_where_octo_did_not_answer(api: Api, outcome: object) -> None:
    gateway(api).script("prepare", outcome)  # type: ignore[arg-type]
    order_id = api.order()
    first = api.post(payment(order_id, "initiate"))
    second = api.post(payment(order_id, "initiate"))

    assert (first.status_code, first.headers["Retry-After"]) == (503, "5")
    assert second.status_code == 200


# ---- confirm


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"card_number": "860049547331647"}, "card_number", "invalid_card_number"),
        ({"card_number": "86004954733164780000"}, "card_number", "invalid_card_number"),
        ({"card_number": "4111111111111112", "cvc": "123"}, "card_number", "invalid_card_number"),
        ({"card_number": "8" * 41}, "card_number", "wrong_length"),
        ({"card_number": 8600495473316478}, "card_number", "wrong_type"),
        ({"card_number": None}, "card_number", "required"),
        ({"card_number": ["8600495473316478"]}, "card_number", "wrong_type"),
        ({"expire": "2812"}, "expire", "invalid_expire"),
        ({"expire": "12/28"}, "expire", "invalid_expire"),
        ({"expire": "1299"}, "expire", "invalid_expire"),
        ({"expire": 1240}, "expire", "wrong_type"),
        ({"expire": "1225"}, "expire", "card_expired"),
        ({"cardholder_name": ""}, "cardholder_name", "wrong_length"),
        ({"cardholder_name": "8600 4954 7331 6478"}, "cardholder_name", "invalid_cardholder_name"),
        ({"cvc": "12"}, "cvc", "invalid_cvc"),
        ({"cvc": 123}, "cvc", "wrong_type"),
        ({"card_number": VISA}, "cvc", "cvc_required"),
        ({"transaction_id": 17}, "transaction_id", "wrong_type"),
        ({"transaction_id": "x y"}, "transaction_id", "wrong_format"),
        ({"pin": "1234"}, "pin", "unknown_field"),
    ],
)
def test_a_wrong_card_is_named_by_its_field_and_nothing_is_sent(
    api: Api, change: dict[str, object], field: str, code: str
) -> None:
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    answer = api.post(payment(order_id, "confirm"), card(transaction_id, **change))

    assert answer.status_code == 422
    assert answer.json is not None
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, code)]
    assert "86004954" not in answer.text and "41111111" not in answer.text
    assert gateway(api).count("pay") == 0
    assert api.get(payment(order_id, "status")).json["status"] == "prepared"  # type: ignore[index]


def test_a_bank_card_is_confirmed_on_the_banks_page(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    answer = api.post(payment(order_id, "confirm"), card(transaction_id, card_number=VISA, cvc="123"))
    code = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "111111"})

    assert answer.json is not None
    assert (answer.json["status"], answer.json["seconds_left"]) == ("verification_required", None)
    assert answer.json["verification_url"].startswith("https://")
    assert code.json is not None and (code.status_code, code.json["code"]) == (409, "otp_not_used")


def test_a_lost_answer_is_a_202_that_says_when_to_ask_again(api: Api) -> None:
    gateway(api).script("pay", lost)
    order_id = api.order()
    answer = api.post(payment(order_id, "confirm"), card(api.initiated(order_id)))

    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "2")
    assert answer.json is not None and answer.json["status"] == "processing"
    assert "not known" in answer.json["message"]
    assert answer.json["message_for_payer"] == "Toʻlov natijasi hali maʼlum emas. Kuting va qayta toʻlamang."


def test_a_card_that_never_left_may_be_sent_again(api: Api) -> None:
    gateway(api).script("pay", never_left())
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    first = api.post(payment(order_id, "confirm"), card(transaction_id))
    second = api.post(payment(order_id, "confirm"), card(transaction_id))

    assert (first.status_code, first.headers["Retry-After"]) == (503, "5")
    assert second.status_code == 200


@pytest.mark.parametrize("language", TEXTS)
def test_a_declined_card_is_a_402_in_the_language_asked_for(api: Api, language: str) -> None:
    gateway(api).script("pay", denied("-1"))
    order_id = api.order()
    path = f"{payment(order_id, 'confirm')}?language={language}"
    answer = api.post(path, card(api.initiated(order_id)))

    assert answer.status_code == 402
    assert answer.json is not None and answer.json["code"] == "card_declined"
    assert TEXTS[language].lower() in answer.json["detail"].lower()
    assert answer.headers["Content-Language"] == language


def test_a_card_on_its_way_keeps_another_one_out(api: Api) -> None:
    gateway(api).script("pay", unknown())
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    api.post(payment(order_id, "confirm"), card(transaction_id))
    other = api.post(payment(order_id, "confirm"), card(transaction_id, card_number=OTHER_UZCARD))

    assert (other.status_code, other.json["code"]) == (409, "payment_in_progress")  # type: ignore[index]
    assert gateway(api).count("pay") == 1


def test_a_double_click_sends_one_card(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    answers = [api.post(payment(order_id, "confirm"), card(transaction_id)) for _ in range(2)]

    assert [a.status_code for a in answers] == [200, 200]
    assert gateway(api).count("pay") == 1


def test_a_transaction_of_another_order_is_not_found(api: Api) -> None:
    one, two = api.order(), api.order()
    other_transaction = api.initiated(two)
    api.initiated(one)
    answer = api.post(payment(one, "confirm"), card(other_transaction))

    assert (answer.status_code, answer.json["code"]) == (404, "transaction_not_found")  # type: ignore[index]
    assert gateway(api).count("pay") == 0


def test_no_card_without_a_payment(api: Api) -> None:
    answer = api.post(payment(api.order(), "confirm"), card("0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"))

    assert (answer.status_code, answer.json["code"]) == (404, "payment_not_started")  # type: ignore[index]


# ---- verify-otp


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sms_key": "12"}, "invalid_otp"),
        ({"sms_key": "12345a"}, "invalid_otp"),
        ({"sms_key": "１１１１１１"}, "invalid_otp"),
        ({"sms_key": 111111}, "wrong_type"),
        ({"sms_key": ""}, "wrong_length"),
        ({"sms_key": "1" * 17}, "wrong_length"),
    ],
)
def test_a_malformed_code_costs_no_try(api: Api, change: dict[str, object], code: str) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    answer = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id} | change)

    assert answer.status_code == 422
    assert answer.json is not None
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [("sms_key", code)]
    assert gateway(api).count("check_code") == 0


def test_a_wrong_code_is_refused_and_may_be_typed_again(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    wrong = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "000000"})
    right = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "111111"})

    assert (wrong.status_code, wrong.json["code"]) == (422, "otp_rejected")  # type: ignore[index]
    assert wrong.json is not None
    assert wrong.json["facts"] == {"status": "verification_required", "seconds_left": 120, "tries_left": 2}
    assert right.status_code == 200


def test_a_lost_answer_to_a_code_is_a_202(api: Api) -> None:
    gateway(api).script("check_code", lost)
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    answer = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "111111"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "2")
    assert answer.json is not None and answer.json["message"] != "OTP verified. Payment is being processed."


def test_a_code_too_late_is_told_so(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    api.world.clock.advance(seconds=121)
    gateway(api).script("check_code", denied("-271"))
    answer = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "111111"})

    assert (answer.status_code, answer.json["code"]) == (409, "otp_expired")  # type: ignore[index]


def test_where_no_code_was_sent_none_is_asked_for(api: Api) -> None:
    nothing = answered(Verification(Way.OTP), "verification_info")
    gateway(api).script("verification_info", nothing)
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    confirmed = api.post(payment(order_id, "confirm"), card(transaction_id))
    code = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "111111"})

    assert confirmed.json is not None and confirmed.json["seconds_left"] == 0
    assert (code.status_code, code.json["code"]) == (409, "otp_not_sent")  # type: ignore[index]


def test_tries_are_counted_down_to_the_end(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    told = []
    for _ in range(3):
        wrong = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "000000"})
        status = api.get(payment(order_id, "status"))
        assert wrong.json is not None and status.json is not None
        told.append((wrong.json["facts"]["tries_left"], status.json["tries_left"], status.json["status"]))
        api.world.clock.advance(seconds=2)

    assert told == [(2, 2, "verification_required"), (1, 1, "verification_required"), (0, None, "failed")]


# ---- status and withdrawal


@pytest.mark.parametrize("claimed", ["succeeded", "canceled", "waiting_for_capture"])
def test_what_a_return_address_claims_is_not_believed(api: Api, claimed: str) -> None:
    """OCTO sends the payer back with its status in the address; anybody can write one there."""
    order_id = api.order()
    api.confirmed(order_id)
    before = api.get(payment(order_id, "status"))
    after = api.get(f"{payment(order_id, 'status')}?octo_status={claimed}")

    assert after.json == before.json
    assert api.get(f"/api/orders/{order_id}/").json["status"] == "awaiting_payment"  # type: ignore[index]


def test_a_status_before_any_payment_is_not_found(api: Api) -> None:
    answer = api.get(payment(api.order(), "status"))

    assert (answer.status_code, answer.json["code"]) == (404, "payment_not_started")  # type: ignore[index]


@pytest.mark.parametrize(("language", "text"), [("uz", "Pul yechilmadi"), ("ru", "не списаны"), ("en", "No money")])
@pytest.mark.parametrize("code", ["otp_rejected", "expired"])
def test_why_a_payment_ended_is_told_in_the_language_asked_for(api: Api, language: str, text: str, code: str) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id) if code == "otp_rejected" else api.initiated(order_id)
    for _ in range(3 if code == "otp_rejected" else 0):
        api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "000000"})
        api.world.clock.advance(seconds=5)
    gateway(api).payments[f"{order_id}-1"].word = Word.CANCELED
    api.world.clock.advance(minutes=16)
    answer = api.get(payment(order_id, "status"), headers={"Accept-Language": language})

    assert answer.json is not None and answer.json["error_code"] == code
    assert text in answer.json["error_message"]


def test_a_payment_is_withdrawn_at_once_where_no_card_was_sent(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    answer = api.post(payment(order_id, "cancel"))
    status = api.get(payment(order_id, "status"), headers={"Accept-Language": "en"}).json

    assert answer.json == {"transaction_id": transaction_id, "status": "cancelled", "cancel_requested": True}
    assert status is not None and status["error_code"] == "withdrawn"
    assert status["error_message"] == "The payment was cancelled. No money was taken."


def test_a_payment_with_a_card_is_only_marked_and_takes_no_more_codes(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    answer = api.post(payment(order_id, "cancel"))
    code = api.post(payment(order_id, "verify-otp"), {"transaction_id": transaction_id, "sms_key": "111111"})

    assert answer.json is not None
    assert (answer.json["status"], answer.json["cancel_requested"]) == ("verification_required", True)
    assert (code.status_code, code.json["code"]) == (409, "withdrawal_requested")  # type: ignore[index]


def test_a_payment_under_way_cannot_be_withdrawn(api: Api) -> None:
    gateway(api).script("pay", unknown())
    order_id = api.order()
    api.post(payment(order_id, "confirm"), card(api.initiated(order_id)))
    answer = api.post(payment(order_id, "cancel"))

    assert (answer.status_code, answer.json["code"]) == (409, "payment_in_progress")  # type: ignore[index]


def test_the_verify_id_never_leaves(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    verify_id = str(gateway(api).payments[f"{order_id}-1"].verify_id)
    paths = (payment(order_id, "status"), f"/api/orders/{order_id}/", payment(order_id, "events"))
    told = [api.get(path).text for path in paths]
    told.append(api.post(payment(order_id, "confirm"), card(transaction_id)).text)

    assert verify_id == "773100000002"
    assert [text for text in told if verify_id in text] == []
    assert [text for text in told if UZCARD in text] == []
