"""Cards and codes mask themselves everywhere, and a card that cannot be right is refused before it travels."""

import copy
import json
import pickle
import pprint
import string
import traceback
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, Final

import pytest

from domain.card import Card, OneTimeCode, Scheme
from domain.errors import CardExpired, CvcRequired, InvalidCard, InvalidOtp, Refusal

TODAY: Final = date(2026, 1, 5)
UZCARD: Final = "8600123412341234"
VISA: Final = "4111111111111111"


def card(
    number: str = UZCARD,
    expire: str = "1228",
    holder: str = "ALISHER NAVOIY",
    cvc: str | None = None,
    today: date = TODAY,
) -> Card:
    return Card(number=number, expire=expire, holder=holder, cvc=cvc, today=today)


def wrong_field(**given: Any) -> object:
    with pytest.raises(InvalidCard) as refused:
        card(**given)
    return refused.value.facts["field"]


# ---- nothing leaks

SHOW: Final[dict[str, Callable[[Any], str]]] = {
    "repr": repr,
    "str": str,
    "f-string": lambda secret: f"{secret}",
    "conversion": lambda secret: f"{secret!r} {secret!s} {secret!a}",
    "format": format,
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031  a leak of the old way would be one too
    "template": lambda secret: string.Template("$secret").substitute(secret=secret),
    "in a list": lambda secret: str([secret]),
    "pprint": pprint.pformat,
    "exception": lambda secret: "".join(traceback.format_exception(ValueError(secret))),
}
REFUSED: Final[dict[str, Callable[[Any], object]]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy in a dict": lambda secret: copy.deepcopy({"card": secret}),
    **{f"pickle {n}": partial(pickle.dumps, protocol=n) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
    "json": json.dumps,
    "hash": hash,
    "set": lambda secret: {secret},
    "equal": lambda secret: secret == secret,
    "equal to text": lambda secret: secret == UZCARD,
    "text equal to it": lambda secret: UZCARD == secret,  # noqa: SIM300
    "unequal": lambda secret: secret != UZCARD,
    "vars": vars,
    "width": lambda secret: f"{secret:>40}",
}


@pytest.mark.parametrize("way", SHOW)
def test_a_card_shows_its_first_six_and_last_four_digits_and_no_more(way: str) -> None:
    shown = SHOW[way](card(number=VISA, cvc="123"))

    assert "<Card bank_card 411111******1111>" in shown
    assert not any(secret in shown for secret in ("4111111", "11111111", "ALISHER", "123", "1228", "2028", "12"))


@pytest.mark.parametrize("way", SHOW)
def test_a_code_shows_nothing(way: str) -> None:
    shown = SHOW[way](OneTimeCode("048213"))

    assert "<OneTimeCode>" in shown
    assert "48213" not in shown


@pytest.mark.parametrize("secret", [card(), OneTimeCode("048213")], ids=["card", "code"])
@pytest.mark.parametrize("way", REFUSED)
def test_a_secret_is_not_copied_stored_or_compared(way: str, secret: object) -> None:
    with pytest.raises(TypeError) as refused:
        REFUSED[way](secret)

    assert not any(text in str(refused.value) for text in (UZCARD, "48213", "ALISHER"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "4111111111111112"},
        {"number": "86001234123412345678901"},
        {"expire": "1399"},
        {"holder": UZCARD},
        {"cvc": "12345"},
    ],
    ids=lambda wrong: next(iter(wrong)) + str(len(next(iter(wrong.values())))),
)
def test_a_refusal_names_the_field_and_repeats_nothing_of_the_card(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        card(**wrong)
    shown = "".join(traceback.format_exception(refused.value)).partition("Traceback")[2] + str(refused.value.facts)

    assert not any(text in shown for text in wrong.values())


# ---- number


@pytest.mark.parametrize(
    ("number", "scheme"),
    [
        ("8600123412341234", Scheme.UZCARD),
        ("5614681234567890", Scheme.UZCARD),  # inside the range of Mastercard
        ("9860123412341234", Scheme.HUMO),
        ("4111111111111111", Scheme.BANK_CARD),
        ("5555555555554444", Scheme.BANK_CARD),
        ("6011000990139424", Scheme.BANK_CARD),
    ],
)
def test_the_first_four_digits_tell_the_scheme(number: str, scheme: Scheme) -> None:
    sent = card(number=number, cvc="123")

    assert sent.scheme is scheme
    assert (sent.first6, sent.last4) == (number[:6], number[-4:])


@pytest.mark.parametrize(
    "written", ["8600 1234 1234 1234", "8600-1234-1234-1234", " 8600123412341234 ", "86 00-123412341234"]
)
def test_spaces_and_dashes_do_not_matter(written: str) -> None:
    assert card(number=written).number == UZCARD


@pytest.mark.parametrize(
    "number", ["8600123412341234", "86001234123412345", "860012341234123456", "8600123412341234567"]
)
def test_16_to_19_digits_are_a_number(number: str) -> None:
    assert card(number=number).number == number


@pytest.mark.parametrize(
    "number",
    [
        "",
        "860012341234123",
        "86001234123412345678",
        "860012341234123a",
        "8600.1234.1234.1234",
        "8600\u00a01234\u00a01234\u00a01234",  # no-break spaces
        "8600\n123412341234",
        "８６００１２３４１２３４１２３４",  # full width
        "٨٦٠٠١٢٣٤١٢٣٤١٢٣٤",  # Arabic-Indic
        "860012341234123²",
        "+860012341234123",
    ],
)
def test_anything_else_is_not(number: str) -> None:
    assert wrong_field(number=number) == "card_number"


def test_luhn_is_asked_of_bank_cards_only() -> None:
    assert wrong_field(number="4111111111111112", cvc="123") == "card_number"
    assert wrong_field(number="4111111111111161", cvc="123") == "card_number"  # two digits changed places
    assert card(number="8600123412341235").scheme is Scheme.UZCARD
    assert card(number="9860123412341235").scheme is Scheme.HUMO


# ---- expiry


def test_a_card_is_good_until_the_end_of_its_month() -> None:
    assert (card(expire="0126", today=date(2026, 1, 31)).month, card(expire="0126").year) == (1, 2026)
    with pytest.raises(CardExpired):
        card(expire="0126", today=date(2026, 2, 1))
    with pytest.raises(CardExpired):
        card(expire="1225", today=date(2026, 1, 1))


def test_mmyy_is_not_yymm() -> None:
    assert (card(expire="1228").month, card(expire="1228").year) == (12, 2028)
    assert wrong_field(expire="2812") == "expire"
    with pytest.raises(CardExpired):
        card(expire="0326", today=date(2026, 4, 1))


@pytest.mark.parametrize("expire", ["", "128", "12/28", "12 28", "122028", "0028", "1328", "١٢٢٨", "12²8", "-128"])
def test_what_is_no_month_and_year_is_refused(expire: str) -> None:
    assert wrong_field(expire=expire) == "expire"


def test_nobodys_card_is_valid_for_more_than_20_years() -> None:
    assert card(expire="0146").year == 2046
    assert wrong_field(expire="0147") == "expire"


# ---- holder and cvc


@pytest.mark.parametrize(
    "holder", ["ALISHER NAVOIY", "O'KTAM G'ULOM", "Фёдор Ёлкин", "X", "J.-P. DE LA CRUZ", "A" * 64]
)
def test_a_holders_name_is_kept_as_typed(holder: str) -> None:
    assert card(holder=f"  {holder} ").holder == holder


@pytest.mark.parametrize(
    "holder", ["", "   ", "A" * 65, "NAME\nX", "NAME\x00", "NAME\u202eX", UZCARD, "ALI 2", "ALI ٢"]
)
def test_a_number_in_the_names_place_and_what_cannot_be_printed_are_refused(holder: str) -> None:
    assert wrong_field(holder=holder) == "cardholder_name"


@pytest.mark.parametrize("cvc", ["123", "0000"])
def test_a_cvc_has_three_or_four_digits(cvc: str) -> None:
    assert card(cvc=cvc).cvc == cvc
    for wrong in (cvc[:2], cvc + "00", "", "12a", "１２３", " 123"):
        assert wrong_field(cvc=wrong) == "cvc"


def test_bank_cards_need_a_cvc_and_local_ones_have_none() -> None:
    with pytest.raises(CvcRequired) as refused:
        card(number=VISA)

    assert refused.value.code == "cvc_required"
    assert card(number=UZCARD).cvc is None


# ---- codes


@pytest.mark.parametrize("digits", ["0482", "048213", "00000000"])
def test_a_code_keeps_its_leading_zeros(digits: str) -> None:
    assert OneTimeCode(digits).digits == digits


@pytest.mark.parametrize("digits", ["", "123", "123456789", "12 456", "12345a", "１２３４５６", "-12345", "123456\n"])
def test_what_is_no_code_is_refused_before_it_costs_a_try(digits: str) -> None:
    with pytest.raises(InvalidOtp) as refused:
        OneTimeCode(digits)

    assert refused.value.facts == {}
