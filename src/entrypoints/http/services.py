"""What the API needs from the inside, handed over by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from domain.issuers import Issuers, OutsideTokens, RevokedTokens
from domain.ports import Clients, Clock, Counting, IdempotencyKeys, Register, SecretHasher
from domain.use_cases.card_tokens import CardCallbacks, RevokingCards
from domain.use_cases.holds import Holds
from domain.use_cases.merchant_events import MerchantEvents
from domain.use_cases.notifications import Notifications
from domain.use_cases.orders import Orders
from domain.use_cases.payments import Payments
from domain.use_cases.refunding import Refunding
from domain.use_cases.resending import Resending
from domain.use_cases.saved_cards import SavingCards
from domain.use_cases.token_payments import TokenPayments

_KEY = "octo-payments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`not_ready` says why no request can be served, and is None where all can; it does not raise."""

    orders: Orders
    payments: Payments
    resending: Resending
    holds: Holds
    refunding: Refunding
    notifications: Notifications
    saving: SavingCards
    revoking: RevokingCards
    card_callbacks: CardCallbacks
    token_payments: TokenPayments
    merchant_events: MerchantEvents
    clients: Clients
    hasher: SecretHasher
    idempotency: IdempotencyKeys
    issuers: Issuers
    outside_tokens: OutsideTokens
    revoked: RevokedTokens
    figures: Counting
    register: Register
    clock: Clock
    not_ready: Callable[[], str | None]


def attach(app: Flask, services: Services) -> None:
    app.extensions[_KEY] = services


def services_of(app: Flask) -> Services:
    services: Services = app.extensions[_KEY]
    return services
