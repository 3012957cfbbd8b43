"""The last filter of the logs: it knows card numbers from everything else that has many digits."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import structlog
from structlog.testing import capture_logs

from entrypoints.logs import configure, mask_cards, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("8600495473316478", "860049******6478"),
        ("8600 4954 7331 6478", "860049******6478"),
        ("8600-4954-7331-6478", "860049******6478"),
        ("8600+4954+7331+6478", "860049******6478"),
        ("8600%204954%207331%206478", "860049******6478"),
        ("8600000000000000", "860000******0000"),
        ("9860123456789012", "986012******9012"),
        ("5614681234567890", "561468******7890"),
        ("4111111111111111", "411111******1111"),
        ("378282246310005", "378282*****0005"),
        ("6205500000000000004", "620550*********0004"),
        ('{"pan":"4111111111111111","x":1}', '{"pan":"411111******1111","x":1}'),
        ("pan=4111111111111111&exp=1228", "pan=411111******1111&exp=1228"),
        ("abc4111111111111111xyz", "abc411111******1111xyz"),
        ("two: 4111111111111111, 8600495473316478", "two: 411111******1111, 860049******6478"),
        ("4111111111111111+8600495473316478", "411111******1111+860049******6478"),
        ("2026-01-05 4111111111111111", "2026-01-05 411111******1111"),
        ("05-01-2026 4111 1111 1111 1111 12:30", "05-01-2026 411111******1111 12:30"),
        ("order-4111111111111111-1", "order-411111******1111-1"),
        ("8600_4954_7331_6478", "860049******6478"),
        ("8600.4954.7331.6478.", "860049******6478."),
        ("8600\t4954\u00a07331  6478", "860049******6478"),
        ("8600 - 4954 - 7331 - 6478", "860049******6478"),
        ("4111–1111–1111–1111 12/30", "411111******1111 12/30"),
        ("6205/5000/0000/0000/004", "620550*********0004"),
        ("1234. 4111. 1111. 1111. 1111. 17", "1234. 411111******1111. 17"),
        ("8600.4954.7331.6478, 4111.1111.1111.1111", "860049******6478, 411111******1111"),
        ("86004954.73316478.", "860049******6478."),
        ("８６００４９５４７３３１６４７８", "860049******6478"),
        ("карта ٨٦٠٠ ٤٩٥٤ ٧٣٣١ ٦٤٧٨", "карта 860049******6478"),
        ("۴۱۱۱۱۱۱۱۱۱۱۱۱۱۱۱ ва 8600495473316478", "411111******1111 ва 860049******6478"),
    ],
)
def test_a_card_number_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T09:03:27.123456Z",
        "2026-01-05 14:03:27",
        "20260105140327123",
        "1767603807000",
        "1767603807000000",
        "1767603807000000000",
        "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
        "86004954-7331-4478-8600-495473316478",
        "request 41111111-1111-4111-8111-111111111111 done",
        "998901112233",
        "000000000017",
        "order-1-1",
        "4111111111111112",
        "41111111111111111111111111",
        "18500000",
        "2026.0105.1403.2712",
        "500000.00, 200000.00, 4100.00",
        "192.168.100.200:8000",
        "4111.1111.1111.1112",
        "+998 90 111 22 33, 8600",
        "18500000.00, 20000000.00",
        "20260105.14032712",
        "41111111.11111112",
        "٢٠٢٦-٠١-٠٥, ٤ та, ８６００",
    ],
)
def test_what_is_no_card_number_stays(text: str) -> None:
    assert masked(text) == text


def test_numbers_keys_and_whatever_is_inside_are_masked_too() -> None:
    event = {
        "event": "card 4111111111111111",
        "amount": 4111111111111111,
        "4111111111111111": [{"x": ("4111111111111111",)}],
        "count": 3,
        "at": datetime(2026, 1, 5, tzinfo=UTC),
        "id": UUID("41111111-1111-4111-8111-111111111111"),
        "flag": True,
        "nothing": None,
    }
    line = json.dumps(mask_cards(None, "info", event))

    assert "4111111111111111" not in line
    assert '"count": 3' in line and '"flag": true' in line and '"nothing": null' in line
    assert "41111111-1111-4111-8111-111111111111" in line


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to stderr while the logs are set up."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure("INFO")
    structlog.contextvars.clear_contextvars()
    yield written
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_our_lines_and_those_of_libraries_are_json_with_the_request_id(lines: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="request-42")
    structlog.get_logger("ours").info("paid", order_id="order-1")
    logging.getLogger("a.library").warning("took %s", "4111111111111111")
    structlog.contextvars.clear_contextvars()
    ours, theirs = read(lines)

    assert ours.pop("timestamp") and theirs.pop("timestamp")
    assert ours == {
        "event": "paid",
        "order_id": "order-1",
        "request_id": "request-42",
        "level": "info",
        "logger": "ours",
    }
    assert theirs == {
        "event": "took 411111******1111",
        "request_id": "request-42",
        "level": "warning",
        "logger": "a.library",
    }


def test_a_traceback_carries_no_local_variables_and_no_card(lines: io.StringIO) -> None:
    def fail(number: str, code: str) -> None:
        raise ValueError(f"card {number}")

    local = "-".join(("local", "variable"))
    try:
        fail("4" + "1" * 15, local)
    except ValueError:
        logging.getLogger("a.library").exception("failed")
        structlog.get_logger("ours").exception("failed")
    written = lines.getvalue()

    assert len(read(lines)) == 2
    assert written.count("ValueError: card 411111******1111") == 2
    assert "4111111111111111" not in written
    assert local not in written


def test_below_the_level_nothing_is_written(lines: io.StringIO) -> None:
    structlog.get_logger("ours").debug("detail")
    logging.getLogger("a.library").debug("detail")

    assert read(lines) == []


def test_a_logger_that_has_written_before_hears_of_a_later_set_up(lines: io.StringIO) -> None:
    log = structlog.get_logger("ours")
    log.info("before")
    configure("INFO")
    with capture_logs() as caught:
        log.info("after")

    assert [line["event"] for line in read(lines)] == ["before"]
    assert [line["event"] for line in caught] == ["after"]
