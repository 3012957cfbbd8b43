"""The register of a day: as the shop reads it over HTTP, and as `flask register` prints it."""

import csv
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.cli import ScriptInfo

from domain.money import Money
from domain.moves import Word
from domain.ports import Flagged
from domain.report import Facts
from entrypoints.operator_cli import payments_commands
from entrypoints.register_cli import register_command
from tests.fakes.world import AMOUNT
from tests.integration.http.shop import Api, client

TODAY = "2026-01-05"
TOLD = Facts(
    transfer_minor=17_945_000,
    rrn="000000000017",
    masked_card="860049******6478",
    card_type="uzcard",
    paid_at=datetime(2026, 1, 5, 9, 5, 2, tzinfo=UTC),
)


def charged(api: Api, facts: Facts = TOLD, **order: object) -> str:
    """An order that OCTO says was paid."""
    order_id = api.order(**order)
    api.initiated(order_id)
    api.world.callback(api.world.operating.look(f"{order_id}-1"), Word.SUCCEEDED, facts=facts)
    return order_id


def refunded(api: Api, order_id: str, amount: str) -> None:
    answer = api.post(f"/api/orders/{order_id}/refunds/", {"amount": amount, "reason": "Came too late"})
    assert answer.status_code == 201, answer.text


def read(api: Api, **query: object) -> Any:
    answer = api.get("/api/register/", query_string={"date": TODAY} | query)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def printed(api: Api, *words: str) -> Result:
    return CliRunner().invoke(register_command(api.world.database.register, api.clients), words)


def rows(api: Api, *words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(printed(api, "--date", TODAY, *words).stdout.splitlines()))


def test_the_shop_reads_every_sum_of_a_day(api: Api) -> None:
    order_id = charged(api, reference="A-17")
    api.world.clock.advance(minutes=2)
    refunded(api, order_id, "25000.00")
    charge, refund = read(api)["items"]
    of_the_payment: dict[str, object] = {
        "order_id": order_id,
        "reference": "A-17",
        "shop_transaction_id": f"{order_id}-1",
        "transaction_id": api.world.operating.look(f"{order_id}-1").octo_transaction_id,
        "rrn": "000000000017",
        "masked_card": "860049******6478",
        "card_type": "uzcard",
        "currency": "UZS",
        "test": True,
        "reviews": [],
        "review": False,
    }

    assert charge == of_the_payment | {
        "kind": "charge",
        "at": "2026-01-05T09:05:02.000Z",
        "at_from": "octo",
        "shop_refund_id": None,
        "refund_id": None,
        "amount": "185000.00",
        "net": "179450.00",
        "commission": "5550.00",
    }
    assert refund == of_the_payment | {
        "kind": "refund",
        "at": "2026-01-05T09:05:27.000Z",
        "at_from": "learned",
        "shop_refund_id": f"{order_id}-1-r1-1",
        "refund_id": f"refund of {order_id}-1-r1-1",
        "amount": "-25000.00",
        "net": None,
        "commission": None,
    }


def test_other_days_are_other_pages_and_several_are_one(api: Api) -> None:
    charged(api)
    charged(api, Facts(paid_at=datetime(2026, 1, 5, 20, 0, tzinfo=UTC)))
    by_day = [len(read(api, date=day)["items"]) for day in ("2026-01-04", "2026-01-05", "2026-01-06")]

    assert by_day == [0, 1, 1]
    assert len(read(api, until="2026-01-06")["items"]) == 2


def test_a_page_ends_and_the_next_goes_on(api: Api) -> None:
    orders = [charged(api) for _ in range(3)]
    first = read(api, limit=2)
    second = read(api, limit=2, after=first["next_cursor"])

    assert [entry["order_id"] for entry in first["items"] + second["items"]] == orders
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({}, "date", "required"),
        ({"date": "05.01.2026"}, "date", "wrong_format"),
        ({"date": "20260105"}, "date", "wrong_format"),
        ({"date": "2026-02-30"}, "date", "wrong_format"),
        ({"date": "0001-01-01"}, "date", "out_of_range"),
        ({"date": "9999-12-31"}, "date", "out_of_range"),
        ({"date": TODAY, "until": "2026-01-04"}, "until", "out_of_range"),
        ({"date": TODAY, "limit": "101"}, "limit", "out_of_range"),
    ],
)
def test_what_is_no_day_is_refused(api: Api, query: dict[str, str], field: str, code: str) -> None:
    answer = api.get("/api/register/", query_string=query)

    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.get_json()["errors"]] == [(field, code)]


def test_the_form_of_a_day_is_named(api: Api) -> None:
    answer = api.get("/api/register/?date=05.01.2026")

    assert "2026-01-05" in answer.get_json()["errors"][0]["detail"]


def test_what_octo_keeps_is_the_shops_own_business(api: Api) -> None:
    """Not that of its users, who see their own orders."""
    order_id = charged(api)
    user = api.another("shop", scope="orders:read payments:read")
    status = f"/api/orders/{order_id}/payment/status/"
    payer = api.post(f"/api/orders/{order_id}/payer-token/").get_json()["access_token"]
    told_user = user.get(status).get_json()
    told_payer = api.get(status, headers={"Authorization": f"Bearer {payer}"}).get_json()

    assert not {"net", "commission"} & set(read(user)["items"][0])
    assert not {"net", "commission"} & (set(told_user) | set(told_payer))
    assert told_payer["masked_card"] == "860049******6478"


def test_the_status_of_a_payment_tells_what_octo_has_told_of_it(api: Api) -> None:
    path = f"/api/orders/{charged(api)}/payment/status/"
    untold = f"/api/orders/{charged(api, Facts())}/payment/status/"
    names = ("paid_at", "rrn", "masked_card", "captured", "refunded", "net", "commission")
    told, nothing = ([api.get(p).get_json()[name] for name in names] for p in (path, untold))

    assert told == [
        "2026-01-05T09:05:02.000Z",
        "000000000017",
        "860049******6478",
        "185000.00",
        "0.00",
        "179450.00",
        "5550.00",
    ]
    assert nothing == [None, None, None, "185000.00", "0.00", None, None]


def test_an_operator_prints_a_day_with_its_totals(api: Api) -> None:
    order_id = charged(api, reference="A-17")
    charged(api, Facts())
    api.world.clock.advance(minutes=2)
    refunded(api, order_id, "25000.00")
    lines = rows(api)
    told = next(line for line in lines if line["time_from"] == "octo")

    assert told == {
        "kind": "charge",
        "time": "2026-01-05T14:05:02+05:00",
        "time_from": "octo",
        "client": "shop",
        "order": order_id,
        "reference": "A-17",
        "order_status": "partially_refunded",
        "shop_transaction_id": f"{order_id}-1",
        "shop_refund_id": "",
        "octo_transaction_id": api.world.operating.look(f"{order_id}-1").octo_transaction_id,
        "octo_refund_id": "",
        "rrn": "000000000017",
        "masked_card": "860049******6478",
        "card_type": "uzcard",
        "currency": "UZS",
        "amount": "185000.00",
        "net": "179450.00",
        "commission": "5550.00",
        "test": "yes",
        "reviews": "",
        "to_be_looked_at": "",
    }
    assert [(line["kind"], line["amount"], line["net"]) for line in lines] == [
        ("charge", "185000.00", ""),
        ("charge", "185000.00", "179450.00"),
        ("refund", "-25000.00", ""),
    ]
    assert printed(api, "--date", TODAY).stderr == (
        "UZS (test): charges 2: 370000.00; refunds 1: -25000.00; in all 345000.00; net 179450.00, commission 5550.00"
        " without 1 whose net OCTO has not told\n"
    )


def test_an_operator_prints_several_days_or_one_client_or_the_totals_alone(api: Api) -> None:
    charged(api)
    charged(api, Facts(paid_at=datetime(2026, 1, 5, 20, 0, tzinfo=UTC)))
    api.clients.add(client("stranger"))

    assert len(rows(api)) == 1
    assert len(rows(api, "--until", "2026-01-06", "--client", "shop")) == 2
    assert rows(api, "--client", "stranger") == []
    assert printed(api, "--date", TODAY, "--totals").stdout == ""
    assert "charges 1" in printed(api, "--date", TODAY, "--totals").stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--date", TODAY, "--until", "2026-01-04"),
        ("--date", "0001-01-01"),
        ("--date", "9999-12-31"),
        ("--date", TODAY, "--client", "client_of_nobody"),
    ],
)
def test_what_cannot_be_printed_is_refused(api: Api, words: tuple[str, ...]) -> None:
    result = printed(api, *words)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")


@pytest.mark.parametrize("reference", ['=HYPERLINK("http://a.example","A")', "+1", "-1", "@SUM(A1)"])
def test_a_reference_is_no_formula(api: Api, reference: str) -> None:
    charged(api, reference=reference)

    assert rows(api)[0]["reference"] == f"'{reference}"


def test_currencies_have_totals_of_their_own(api: Api) -> None:
    for currency in ("UZS", "USD"):
        order_id = api.order(currency=currency)
        api.initiated(order_id)
        payment = api.world.operating.look(f"{order_id}-1")
        api.world.callback(payment, Word.SUCCEEDED, amount=Money(AMOUNT.amount_minor, payment.amount.currency))

    assert [line.partition(":")[0] for line in printed(api, "--date", TODAY).stderr.splitlines()] == [
        "USD (test)",
        "UZS (test)",
    ]


def test_an_operator_sees_what_was_taken_and_what_octo_has_told_of_it(api: Api) -> None:
    paid, open_ = charged(api), api.order()
    api.initiated(open_)
    refunded(api, paid, "25000.00")
    commands = payments_commands(api.world.operating, NothingToReview())
    shown, open_shown = (
        CliRunner().invoke(commands, ["show", f"{key}-1"], obj=ScriptInfo(create_app=lambda: api.app)).output
        for key in (paid, open_)
    )

    assert re.findall(r"^  (captured|refunded|net|rrn|card) +(.+)$", shown, re.MULTILINE) == [
        ("captured", "185000.00 UZS"),
        ("refunded", "25000.00 UZS"),
        ("net", "179450.00 UZS"),
        ("rrn", "000000000017"),
        ("card", "860049******6478"),
    ]
    assert "captured" not in open_shown


class NothingToReview:
    def waiting(self, most: int) -> Sequence[Flagged]:
        return ()[:most]
