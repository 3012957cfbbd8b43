"""The composition root: the only module that knows everybody."""

import hmac
from datetime import timedelta
from typing import Final

from flask import Flask

from adapters.clock import SystemClock
from adapters.database.extension import install
from adapters.database.schema import pending
from adapters.database.unit_of_work import Database
from adapters.deadline import EachWithin
from adapters.hashing import Argon2Hasher, HmacCallbackSecrets, HmacFingerprints
from adapters.ids import RandomIds
from adapters.jobs import Doorbell, Jobs, answers, job_store
from adapters.merchant_webhooks.keys import RandomWebhookKeys
from adapters.merchant_webhooks.operator import LoggedOperator
from adapters.merchant_webhooks.sender import HttpWebhookSender
from adapters.merchant_webhooks.targets import Targets, resolve_by_system
from adapters.octo.callback import OctoCallbackReader
from adapters.octo.cards import OctoCards
from adapters.octo.client import OctoSettings
from adapters.octo.reach import octo_time
from adapters.octo.signature import Formula
from adapters.octo.token_callback import OctoTokenReportReader
from adapters.octo.wire import ExpOrder
from adapters.outside_tokens import LONGEST_LIFE, CheckedTokens, fetch_keys, is_fit_for_keys
from adapters.sealing import FernetSealer
from domain.money import MINOR_PER_MAJOR, Currency
from domain.ports import (
    KEYS_KNOWN_FOR,
    CallbackReader,
    CallbackSecrets,
    CardFingerprints,
    CardGateway,
    Chore,
    Clock,
    Gateway,
    Ids,
    Operator,
    Sealer,
    SecretHasher,
    TokenReportReader,
    WebhookKeys,
    WebhookSender,
)
from domain.refund import RefundPolicy
from domain.schedule import CLOCKS_AGREE_WITHIN
from domain.use_cases.asking import Asking
from domain.use_cases.card_tokens import CardCallbacks, RevokingCards, SealedTokens
from domain.use_cases.changing import Changing
from domain.use_cases.changing_cards import ChangingCards
from domain.use_cases.clearing_away import ClearingAway, Kept
from domain.use_cases.holds import Holds
from domain.use_cases.limiting import Limiting
from domain.use_cases.merchant_events import MerchantEvents
from domain.use_cases.notifications import Notifications
from domain.use_cases.operating import Operating
from domain.use_cases.orders import Orders
from domain.use_cases.payments import Payments, TermsPolicy
from domain.use_cases.receipts import Receipts
from domain.use_cases.refunding import Refunding
from domain.use_cases.resealing import Resealing, Sealers
from domain.use_cases.resending import Resending
from domain.use_cases.saved_cards import BindingPolicy, SavingCards
from domain.use_cases.sending_cards import CardSending
from domain.use_cases.settlement import Settlement
from domain.use_cases.token_payments import TokenPayments
from entrypoints import logs
from entrypoints.cli import clients_commands, worker_command
from entrypoints.doctor import Instruments, doctor_command
from entrypoints.doors_cli import IssuersDoor, issuers_commands, tokens_commands
from entrypoints.http.app import bare, configure
from entrypoints.http.caller import ALL_RIGHTS
from entrypoints.http.services import Services
from entrypoints.operator_cli import (
    audit_command,
    cards_commands,
    limits_commands,
    payments_commands,
    secrets_commands,
)
from entrypoints.people import in_one_line
from entrypoints.register_cli import register_command
from entrypoints.settings import Settings
from entrypoints.webhooks_cli import webhooks_commands

# OCTO's own limit of one operation; what is more is refunded by several.
LARGEST_REFUND_UZS: Final = 10_000_000
# All calls to OCTO for one request; gunicorn.conf.py gives a request a little longer to end, and proxies give it a minute.
REQUEST_SECONDS: Final = 35
# By then the token has run out in any case.
REVOCATIONS_KEPT: Final = LONGEST_LIFE + 3 * CLOCKS_AGREE_WITHIN


def build(settings: Settings) -> Flask:
    """The whole service: the API, the commands, and the background work that `flask worker` runs."""
    app = bare()
    database = install(app, settings.database_url)
    clock: Clock = SystemClock()
    ids: Ids = RandomIds()
    hasher: SecretHasher = Argon2Hasher()
    fingerprints: CardFingerprints = HmacFingerprints(*_keys(settings, "card fingerprints"))
    octo = OctoCards(_octo(settings))
    gateway: Gateway = octo
    reader: CallbackReader = OctoCallbackReader(settings.octo_keys, Formula(settings.octo_signature.value))
    doorbell = Doorbell()
    units, reading = database.units, database.reading

    changing = Changing(units, reading, doorbell, clock)
    asking = Asking(changing, gateway, clock, give_up_after=timedelta(hours=settings.give_up_after_hours))
    notifications = Notifications(units, reader, doorbell, clock)
    holds = Holds(changing, asking, gateway, clock)
    refunding = Refunding(changing, gateway, clock, _refund_policy(settings))
    settlement = Settlement(units, asking, refunding, holds, notifications, clock)
    sealers = Sealers(
        webhook_secrets=FernetSealer(*_keys(settings, "webhook secrets")),
        issuers_keys=FernetSealer(*_keys(settings, "keys of issuers")),
    )
    merchant_events = _merchant_events(settings, database, sealers.webhook_secrets, doorbell, clock)
    limiting = Limiting(units, reading, clock)
    cards = _Cards(settings, database, octo, fingerprints, doorbell, clock, ids)
    account = str(settings.octo_shop_id)
    services = Services(
        orders=Orders(units, reading, changing, clock, ids, account=account, test=settings.octo_test_mode),
        payments=Payments(changing, asking, gateway, fingerprints, clock, _policy(settings)),
        resending=Resending(changing, asking, gateway, fingerprints, clock),
        holds=holds,
        refunding=refunding,
        notifications=notifications,
        saving=cards.saving,
        revoking=cards.revoking,
        card_callbacks=cards.callbacks,
        token_payments=TokenPayments(CardSending(changing, asking, clock), changing, reading, gateway, cards.tokens),
        merchant_events=merchant_events,
        clients=database.clients,
        hasher=hasher,
        idempotency=database.idempotency_keys,
        issuers=database.issuers,
        outside_tokens=CheckedTokens(sealers.issuers_keys, fetch_keys),
        revoked=database.revoked_tokens,
        clock=clock,
        figures=database.figures,
        register=database.register,
        not_ready=database.health.not_ready,
    )
    store = job_store(settings.jobs_url)
    jobs = Jobs(
        store,
        {
            Chore.SETTLE: settlement.settle,
            Chore.APPLY_CALLBACKS: settlement.apply_stored,
            Chore.DELIVER_EVENTS: merchant_events.deliver,
            Chore.FETCH_RECEIPTS: Receipts(units, changing, gateway, clock).fetch_due,
            Chore.TEND_CARDS: cards.revoking.tend,
            Chore.CLEAR_AWAY: _clearing_away(settings, database, limiting, clock).clear,
        },
    )
    doorbell.connect(jobs)
    for command in (
        clients_commands(database.clients, hasher, clock, ALL_RIGHTS),
        webhooks_commands(merchant_events, database.clients),
        worker_command(jobs.run_worker),
        audit_command(database.audit, clock),
        payments_commands(Operating(changing, asking, clock), database.figures),
        register_command(database.register, database.clients),
        limits_commands(limiting),
        doctor_command(
            settings,
            Instruments(
                answers=database.answers,
                refuses_writes=database.health.refuses_writes,
                pending=lambda: pending(settings.database_url),
                figures=database.figures.at,
                job_store=lambda: answers(store),
                octo_time=lambda: octo_time(settings.octo_api_url),
                knows_shop=octo.knows_shop,
                clock=clock,
            ),
        ),
        cards_commands(cards.saving),
        secrets_commands(
            Resealing(reading, cards.changing, cards.tokens, merchant_events, database.issuers, sealers, clock)
        ),
        tokens_commands(database.revoked_tokens, clock, settings.public_url),
        issuers_commands(
            IssuersDoor(database.issuers, database.clients, sealers.issuers_keys, clock),
            lambda url: is_fit_for_keys(url, loopback=settings.is_development),
            settings.public_url,
        ),
    ):
        app.cli.add_command(in_one_line(command, database.health.not_ready))
    logs.configure(settings.log_level.value)
    return _in_time(configure(app, services, settings))


def _in_time(app: Flask) -> Flask:
    app.wsgi_app = EachWithin(app.wsgi_app, seconds=REQUEST_SECONDS)  # type: ignore[method-assign]
    return app


class _Cards:
    """All about saved cards."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        octo: OctoCards,
        fingerprints: CardFingerprints,
        doorbell: Doorbell,
        clock: Clock,
        ids: Ids,
    ) -> None:
        sealer: Sealer = FernetSealer(*_keys(settings, "card tokens"))
        secrets: CallbackSecrets = HmacCallbackSecrets(*_keys(settings, "card callbacks"))
        gateway: CardGateway = octo
        reader: TokenReportReader = OctoTokenReportReader()
        policy = BindingPolicy(
            frontend_url=settings.frontend_url,
            notify_url=settings.notify_url,
            callback_url=settings.card_callback_url,
        )
        changing = ChangingCards(database.units, database.reading, doorbell, clock)
        self.changing = changing
        self.tokens = SealedTokens(sealer)
        self.saving = SavingCards(changing, database.reading, gateway, secrets, fingerprints, clock, ids, policy)
        self.revoking = RevokingCards(changing, database.units, gateway, self.tokens, clock)
        self.callbacks = CardCallbacks(changing, reader, self.tokens, secrets, doorbell, clock)


def _clearing_away(settings: Settings, database: Database, limiting: Limiting, clock: Clock) -> ClearingAway:
    kept = Kept(
        events=timedelta(days=settings.keep_events_days),
        callbacks=timedelta(days=settings.keep_callbacks_days),
        idempotency_keys=KEYS_KNOWN_FOR,
        revocations=REVOCATIONS_KEPT,
    )
    return ClearingAway(database.units, database.idempotency_keys, database.revoked_tokens, limiting, clock, kept)


def _merchant_events(
    settings: Settings, database: Database, sealer: Sealer, doorbell: Doorbell, clock: Clock
) -> MerchantEvents:
    targets = Targets(resolve_by_system, allow_loopback=settings.is_development)
    sender: WebhookSender = HttpWebhookSender(targets, sealer)
    keys: WebhookKeys = RandomWebhookKeys()
    operator: Operator = LoggedOperator()
    return MerchantEvents(database.units, database.reading, sender, keys, sealer, operator, doorbell, clock)


def _octo(settings: Settings) -> OctoSettings:
    return OctoSettings(
        api_url=settings.octo_api_url,
        shop_id=settings.octo_shop_id,
        secret=settings.octo_secret,
        deadline_seconds=settings.octo_timeout_seconds,
        exp_order=ExpOrder[settings.octo_exp_order.name],
    )


def _policy(settings: Settings) -> TermsPolicy:
    return TermsPolicy(
        frontend_url=settings.frontend_url,
        notify_url=settings.notify_url,
        ttl_minutes=settings.payment_ttl_minutes,
        methods=settings.payment_methods,
        uzbek=settings.uzbek_script.value,
    )


def _refund_policy(settings: Settings) -> RefundPolicy:
    smallest = {
        Currency.UZS: settings.refund_minimum_uzs,
        Currency.USD: settings.refund_minimum_usd,
        Currency.RUB: settings.refund_minimum_rub,
    }
    return RefundPolicy(
        smallest_minor={currency: major * MINOR_PER_MAJOR for currency, major in smallest.items()},
        largest_minor={Currency.UZS: LARGEST_REFUND_UZS * MINOR_PER_MAJOR},
    )


def _keys(settings: Settings, purpose: str) -> list[bytes]:
    """Keys of its own for each purpose, so that what one gives away says nothing about another; the one in use first."""
    words = f"octo-payments {purpose}".encode()
    return [hmac.digest(key.encode(), words, "sha256") for key in settings.secret_keys]
