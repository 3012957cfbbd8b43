"""What must not be at rest or in a log: the secrets of endpoints, and the addresses, which may carry passwords of the shop."""

from base64 import b64decode
from pathlib import Path

from sqlalchemy import make_url
from structlog.testing import capture_logs

from adapters.database.unit_of_work import Database
from adapters.merchant_webhooks.keys import RandomWebhookKeys
from adapters.merchant_webhooks.operator import LoggedOperator
from domain.ports import Client
from domain.use_cases.merchant_events import MerchantEvents
from tests.fakes.merchant import ScriptedSender
from tests.fakes.world import CountingDoorbell, FakeClock
from tests.integration.webhooks.samples import FULL_ENDPOINT, NOON, SEALER

MARKER = "https://shop.example/hooks?a-marker-that-is-kept"


def test_no_secret_is_at_rest_in_the_clear(sqlite_url: str) -> None:
    database = Database.at(sqlite_url)
    database.clients.add(Client(id="shop", name="shop", secret_hash="", scopes=(), created_at=NOON))
    events = MerchantEvents(
        database.units,
        database.reading,
        ScriptedSender(),
        RandomWebhookKeys(),
        SEALER,
        LoggedOperator(),
        CountingDoorbell(),
        FakeClock(),
    )
    with capture_logs() as logs:
        new = events.register("shop", MARKER)
        rotated = events.rotate_secret(new.endpoint.id, "shop")
        events.send_test(new.endpoint.id, "shop")
        events.deliver()
    kept = b"".join(path.read_bytes() for path in files_of(sqlite_url)) + str(logs).encode()
    database.dispose()

    assert MARKER.encode() in kept
    for secret in (new.secret, rotated.secret):
        encoded = secret.removeprefix("whsec_").encode()
        assert encoded not in kept
        assert b64decode(encoded) not in kept


def files_of(sqlite_url: str) -> list[Path]:
    path = Path(str(make_url(sqlite_url).database))
    return list(path.parent.glob(f"{path.name}*"))


def test_the_operator_reads_in_the_log_which_endpoint_went_off_and_why() -> None:
    with capture_logs() as logs:
        LoggedOperator().endpoint_switched_off(FULL_ENDPOINT)

    assert logs == [
        {
            "event": "webhook_endpoint_switched_off",
            "log_level": "error",
            "endpoint_id": "we_1",
            "client_id": "shop",
            "reason": "failing",
            "failing_since": FULL_ENDPOINT.failing_since,
        }
    ]


def test_the_operator_reads_in_the_log_what_waits_for_a_newer_version() -> None:
    with capture_logs() as logs:
        LoggedOperator().not_understood("dlv_1", "shop")

    assert logs == [
        {"event": "webhook_row_not_understood", "log_level": "error", "row_id": "dlv_1", "client_id": "shop"}
    ]
