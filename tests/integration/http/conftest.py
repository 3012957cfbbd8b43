"""The API over the real use cases, with a database and an OCTO in memory."""

from datetime import datetime

import pytest
from flask import Flask

from adapters.outside_tokens import CheckedTokens
from domain.ports import Figures
from entrypoints.http.app import create_app
from entrypoints.http.services import Services, attach
from entrypoints.settings import Settings
from tests.fakes.memory_doors import MemoryClients, MemoryIdempotencyKeys
from tests.fakes.tokens import MemoryIssuers, MemoryRevokedTokens, OpenSealer, Publishers
from tests.fakes.world import World
from tests.integration.http.shop import ENVIRONMENT, Api, PlainHasher, client


class FixedFigures:
    def at(self, now: datetime) -> Figures:
        return Figures(
            payments_open=7,
            payments_processing=3,
            payments_overdue=1,
            holds_overdue=5,
            payments_in_review=2,
            payments_unasked=0,
            callbacks_unapplied=0,
            events_waiting=4,
        )


def services(world: World, clients: MemoryClients, keys: MemoryIdempotencyKeys) -> Services:
    return Services(
        orders=world.orders,
        payments=world.payments,
        resending=world.resending,
        holds=world.holds,
        refunding=world.refunding,
        notifications=world.notifications,
        saving=world.saving,
        revoking=world.revoking,
        card_callbacks=world.card_callbacks,
        token_payments=world.token_payments,
        merchant_events=world.merchant_events,
        clients=clients,
        hasher=PlainHasher(),
        idempotency=keys,
        issuers=MemoryIssuers(),
        outside_tokens=CheckedTokens(OpenSealer(), Publishers().fetch),
        revoked=MemoryRevokedTokens(),
        figures=FixedFigures(),
        register=world.database.register,
        clock=world.clock,
        not_ready=lambda: None,
    )


@pytest.fixture(scope="session")
def app() -> Flask:
    """Made once, since its OpenAPI document takes a while; each test gives it services of its own."""
    nobody = services(World(), MemoryClients(), MemoryIdempotencyKeys())
    return create_app(nobody, Settings.from_env(ENVIRONMENT))


@pytest.fixture
def visitor(app: Flask) -> Api:
    """Somebody without a token."""
    world, clients, keys = World(), MemoryClients(), MemoryIdempotencyKeys()
    attach(app, services(world, clients, keys))
    clients.add(client("shop"))
    return Api(app, world, clients, keys)


@pytest.fixture
def api(visitor: Api) -> Api:
    """The shop's own program."""
    return visitor.another("shop")
