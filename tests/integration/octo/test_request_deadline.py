"""All calls to OCTO for one request have one deadline: whoever asked, and the proxy in between, wait no longer."""

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from requests_mock import Mocker

from adapters import deadline
from adapters.deadline import EachWithin, ends_in
from domain.ports import NeverLeft
from entrypoints import bootstrap
from tests.integration.octo.given import URLS, a_card, a_gateway, a_transaction, an_order
from tests.integration.octo.stand_in import Sandbox
from tests.integration.octo.whole_service import Shop, whole_service


def during_a_request(work: Callable[[], object], *, seconds: float) -> None:
    def serve(_: WSGIEnvironment, __: StartResponse) -> Iterable[bytes]:
        work()
        return []

    EachWithin(serve, seconds=seconds)({}, lambda *_: lambda _: None)


def test_a_call_is_over_when_its_request_is_and_elsewhere_in_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    ends: list[float] = []

    def two_calls() -> None:
        ends.append(ends_in(20))
        now.seconds += 20
        ends.append(ends_in(20))

    during_a_request(two_calls, seconds=35)
    ends.append(ends_in(20))

    assert ends == [120, 135, 140]


def test_a_request_that_fails_leaves_no_deadline_behind() -> None:
    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        during_a_request(fail, seconds=-1)

    assert ends_in(0) < ends_in(20)


def test_a_card_for_which_no_time_is_left_provably_never_leaves(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["pay"])
    outcomes: list[object] = []
    during_a_request(lambda: outcomes.append(a_gateway().pay(an_order(), a_transaction(), a_card())), seconds=0)

    assert isinstance(outcomes[0], NeverLeft)
    assert not requests_mock.called


def test_the_service_gives_each_request_its_deadline(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "REQUEST_SECONDS", 0)
    shop = Shop(whole_service(sandbox, tmp_path, "http://127.0.0.1:8000"))
    order = shop.post("/api/orders/", {"amount": "185000.00"}, 201)
    refused = shop.post(f"/api/orders/{order['id']}/payment/initiate/", {}, 503)

    assert refused["code"] == "gateway_unavailable"
    assert sandbox.control("GET", "payments")["payments"] == []
