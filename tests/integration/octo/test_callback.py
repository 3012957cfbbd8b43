"""The callback reader: OCTO's own sample, what may be missing from it, and what somebody else might send."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any, Final

import pytest

from adapters.octo.callback import SIZE_MAX, OctoCallbackReader
from domain.errors import ForgedCallback, MalformedCallback
from domain.money import Currency, Money
from domain.moves import Word
from domain.ports import CallbackReader
from domain.report import Facts, Report, Source
from tests.integration.octo.given import AMOUNT, AT, SHOP_TRANSACTION_ID, UUID

KEY: Final = "demo-unique-key"
SIGNATURE: Final = "490E2147A3EC319B5883517FF2C5A058D3068628"
SAMPLE: Final = f"""{{
  "shop_transaction_id": "ORD-20260105-00017",
  "octo_payment_UUID": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
  "status": "succeeded",
  "signature": "{SIGNATURE}",
  "hash_key": "9b0d2a5c-0001-4f6e-8a11-5f2f3c4d5e6f",
  "total_sum": 185000.0, "transfer_sum": 178525.0, "refunded_sum": 0.0,
  "card_country": "UZ", "maskedPan": "860000** **** 0000", "currency": "UZS", "card_vendor": "uzcard",
  "rrn": "000000000017", "riskLevel": 0, "payed_time": "2026-01-05 14:05:02", "card_type": "uzcard"
}}"""
FACTS: Final = Facts(
    transfer_minor=17_852_500,
    rrn="000000000017",
    masked_card="860000******0000",
    card_country="UZ",
    card_type="uzcard",
    card_vendor="uzcard",
    risk_level=0,
    paid_at=datetime(2026, 1, 5, 9, 5, 2, tzinfo=UTC),
)
MINIMAL: Final = {
    "shop_transaction_id": SHOP_TRANSACTION_ID,
    "octo_payment_UUID": UUID,
    "status": "succeeded",
    "signature": SIGNATURE,
    "hash_key": "9b0d2a5c-0001-4f6e-8a11-5f2f3c4d5e6f",
}

reader: CallbackReader = OctoCallbackReader((KEY,))
keyless: CallbackReader = OctoCallbackReader(())


def raw(changes: Mapping[str, object] | None = None, *, without: str = "") -> bytes:
    body = {name: value for name, value in (MINIMAL | dict(changes or {})).items() if name != without}
    return json.dumps(body).encode()


def facts(**changes: object) -> Facts:
    return reader.read(raw(changes), AT).report.facts


def test_octos_sample_is_a_success_with_all_its_facts() -> None:
    callback = reader.read(SAMPLE.encode(), AT)

    assert callback.verified
    assert callback.received_at == AT
    assert callback.shop_transaction_id == SHOP_TRANSACTION_ID
    assert callback.octo_transaction_id == UUID
    assert callback.report == Report(
        Word.SUCCEEDED,
        Source.CALLBACK,
        AT,
        octo_transaction_id=UUID,
        amount=AMOUNT,
        refunded_minor=0,
        facts=FACTS,
    )


def test_five_fields_are_enough() -> None:
    assert reader.read(raw(), AT).report == Report(Word.SUCCEEDED, Source.CALLBACK, AT, octo_transaction_id=UUID)


@pytest.mark.parametrize("name", MINIMAL)
@pytest.mark.parametrize("value", [None, 17, ["x"], {"x": "y"}, True])
def test_each_of_the_five_has_to_be_text(name: str, value: object) -> None:
    for body in (raw({name: value}), raw(without=name)):
        with pytest.raises(MalformedCallback) as refused:
            reader.read(body, AT)

        assert refused.value.facts == {"reason": name}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shop_transaction_id", ""),
        ("shop_transaction_id", "a b"),
        ("shop_transaction_id", "a\x00"),
        ("shop_transaction_id", "x" * 129),
        ("shop_transaction_id", "\ud800"),
        ("octo_payment_UUID", ""),
        ("octo_payment_UUID", UUID + "0"),
        ("octo_payment_UUID", UUID.replace("-", "")),
        ("octo_payment_UUID", UUID + "\n"),
        ("status", ""),
        ("status", "succeeded "),
        ("status", "x" * 65),
    ],
)
def test_ids_and_status_have_their_form(name: str, value: str) -> None:
    with pytest.raises(MalformedCallback):
        keyless.read(raw({name: value}), AT)


@pytest.mark.parametrize(
    "signature", ["", "0" * 40, "подпись", "\ud800", "205337021FACA37EBC5E9A3E0F859651247C01D6", SIGNATURE + " "]
)
def test_a_wrong_signature_is_forged(signature: str) -> None:
    with pytest.raises(ForgedCallback):
        reader.read(raw({"signature": signature}), AT)


def test_a_boundary_cannot_be_shifted() -> None:
    """The hash runs over UUID and status without a separator; their forms keep them apart."""
    for octo_id, status in ((UUID + "s", "ucceeded"), (UUID[:-1], "1succeeded")):
        with pytest.raises(MalformedCallback):
            reader.read(raw({"octo_payment_UUID": octo_id, "status": status}), AT)


def test_lower_case_signatures_and_the_key_before_are_right() -> None:
    rotating = OctoCallbackReader(("new-key", KEY))

    assert rotating.read(raw({"signature": SIGNATURE.lower()}), AT).verified


def test_without_a_key_nothing_is_verified() -> None:
    callback = keyless.read(raw({"signature": "whatever"}), AT)

    assert not callback.verified
    assert callback.report.word is Word.SUCCEEDED


def test_an_unknown_status_is_an_unknown_word_if_it_is_signed() -> None:
    signature = sha1(f"{KEY}{UUID}exploded".encode()).hexdigest()

    assert reader.read(raw({"status": "exploded", "signature": signature}), AT).report.word is Word.UNKNOWN
    with pytest.raises(ForgedCallback):
        reader.read(raw({"status": "exploded"}), AT)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"17",
        b'"text"',
        b"[]",
        b"{}",
        b"status=succeeded&octo_payment_UUID=1",
        b"\xff\xfe",
        SAMPLE.encode("utf-16"),
        SAMPLE.replace("185000.0", "NaN").encode(),
        SAMPLE.replace("185000.0", "-Infinity").encode(),
        SAMPLE.replace('"rrn"', '"status": "canceled", "rrn"').encode(),
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b" " * (SIZE_MAX + 1),
        raw({"x": "y" * SIZE_MAX}),
        raw({"x": "y" * 1_000_000}),
        SAMPLE.replace("185000.0", "1e999999999").encode(),
        SAMPLE.replace("185000.0", "9" * 5000).encode(),
    ],
    ids=range(18),
)
def test_what_is_no_callback_is_malformed(body: bytes) -> None:
    for one in (reader, keyless):
        with pytest.raises(MalformedCallback):
            one.read(body, AT)


@pytest.mark.parametrize("name", ["total_sum", "refunded_sum"])
@pytest.mark.parametrize("value", [-1, True, [], {}, "", "NaN", "-1", "1e3", 10**30, "x"], ids=range(10))
def test_sums_that_cannot_be_read_are_malformed(name: str, value: object) -> None:
    with pytest.raises(MalformedCallback) as refused:
        reader.read(raw({name: value}), AT)

    assert refused.value.facts == {"reason": name}


@pytest.mark.parametrize("currency", ["EUR", "", 860, ["UZS"], {}])
def test_a_currency_that_we_do_not_have_is_malformed(currency: object) -> None:
    with pytest.raises(MalformedCallback):
        reader.read(raw({"currency": currency}), AT)


@pytest.mark.parametrize(
    ("sums", "amount"),
    [
        ({"total_sum": 185000}, AMOUNT),
        ({"total_sum": "185000.00"}, AMOUNT),
        ({"total_sum": 185000.00, "currency": "USD"}, Money(18_500_000, Currency.USD)),
        ({"total_sum": 0}, Money(0, Currency.UZS)),
        ({"total_sum": None, "currency": None}, None),
    ],
)
def test_the_amount_is_read_exactly(sums: Mapping[str, object], amount: Money | None) -> None:
    assert reader.read(raw(sums), AT).report.amount == amount


@pytest.mark.parametrize(
    ("sums", "named"),
    [
        ({"total_sum": 185000.00, "currency": "UZS"}, True),
        ({"total_sum": 185000.00, "currency": None}, False),
        ({"total_sum": None, "currency": None}, True),
    ],
)
def test_a_sum_without_a_currency_says_so(sums: Mapping[str, object], named: bool) -> None:
    """OCTO's documents have no currency in a callback; it was only seen there."""
    assert reader.read(raw(sums), AT).report.currency_named is named


def test_a_third_decimal_is_malformed_in_the_amount_and_rounded_in_what_is_transferred() -> None:
    with pytest.raises(MalformedCallback):
        reader.read(raw({"total_sum": 185000.001}), AT)

    assert facts(transfer_sum=178525.005).transfer_minor == 17_852_501


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("transfer_sum", "x"),
        ("transfer_sum", -1),
        ("rrn", 17),
        ("rrn", "8600495473316478"),
        ("maskedPan", 17),
        ("maskedPan", "8600"),
        ("maskedPan", ""),
        ("card_country", "uz"),
        ("card_country", {}),
        ("card_type", ["x"]),
        ("card_type", "8600495473316478"),
        ("card_type", "8600 4954 7331 6478"),
        ("card_vendor", "\x00"),
        ("riskLevel", "0"),
        ("riskLevel", 0.5),
        ("riskLevel", True),
        ("riskLevel", 10**30),
        ("payed_time", 1767603807000),
        ("payed_time", "yesterday"),
        ("payed_time", "2026-13-05 14:05:02"),
        ("payed_time", "0001-01-01 00:00:00"),
        ("is_physical_card", "maybe"),
        ("unheard_of", {"a": [1, 2]}),
    ],
)
def test_an_optional_field_that_is_not_of_its_form_is_as_good_as_missing(name: str, value: object) -> None:
    assert facts(**{name: value}) == Facts()


def test_a_risk_below_zero_was_seen_live() -> None:
    assert facts(riskLevel=-1, card_type="internationalMC", card_vendor="Master Card") == Facts(
        risk_level=-1, card_type="internationalMC", card_vendor="Master Card"
    )


@pytest.mark.parametrize("pan", ["860049** **** 6478", "860049******6478", "8600 4954 7331 6478", "8600495473316478"])
def test_of_a_card_only_first_six_and_last_four_are_kept(pan: str) -> None:
    callback = reader.read(raw({"maskedPan": pan}), AT)

    assert callback.report.facts.masked_card == "860049******6478"
    assert callback.body["maskedPan"] == "860049******6478"
    assert callback.id == reader.read(raw({"maskedPan": "860049******6478"}), AT).id


def test_the_kept_body_has_neither_signature_nor_strange_fields() -> None:
    body = json.loads(SAMPLE) | {"unheard_of": "8600495473316478", "8600495473316478": "x"}
    kept = reader.read(json.dumps(body).encode(), AT).body

    assert {"shop_transaction_id", "status", "total_sum", "rrn"} <= kept.keys()
    assert not {"signature", "hash_key", "unheard_of", "8600495473316478"} & kept.keys()
    assert json.loads(json.dumps(kept)) == kept


def test_the_same_callback_has_the_same_id_in_any_layout() -> None:
    body: dict[str, Any] = json.loads(SAMPLE)
    turned = json.dumps(dict(reversed(body.items())), indent=7).encode()

    assert reader.read(turned, AT).id == reader.read(SAMPLE.encode(), AT).id


def test_another_callback_has_another_id() -> None:
    assert reader.read(raw({"total_sum": 1}), AT).id != reader.read(raw({"total_sum": 2}), AT).id
    assert replace(reader.read(raw(), AT), id="") == replace(reader.read(raw({"x": 1}), AT), id="")
