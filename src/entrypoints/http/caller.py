"""Who calls, as the token says, and the cause that goes with everything they change."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flask import g, request

from domain.journal import Cause, Why
from domain.order import Owner, Scope


class Right(StrEnum):
    """The scopes of a token. `orders:all` does not open a route: it shows all orders and cards of the client, not the subject's alone."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    REFUNDS_WRITE = "refunds:write"
    CARDS_READ = "cards:read"
    CARDS_WRITE = "cards:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    ORDERS_ALL = "orders:all"


ALL_RIGHTS: Final = tuple(right.value for right in Right)
PAYER_RIGHTS: Final = (Right.PAYMENTS_READ.value, Right.PAYMENTS_WRITE.value)
# What users of a shop may do by themselves, unless the issuer of their tokens is trusted with more.
USER_RIGHTS: Final = (Right.ORDERS_READ.value, Right.ORDERS_WRITE.value, *PAYER_RIGHTS)


@dataclass(frozen=True, slots=True)
class Caller:
    """`order_id` is that of a payer, who may pay this order and nothing else, and knows none of OCTO's ids."""

    client_id: str
    subject: str
    rights: frozenset[str]
    order_id: str | None = None

    @property
    def is_payer(self) -> bool:
        return self.order_id is not None

    @property
    def owner(self) -> Owner:
        return Owner(self.client_id, self.subject)

    @property
    def is_shop(self) -> bool:
        """The shop itself, and not one of its users or payers, whom what OCTO keeps of a payment does not concern."""
        return Right.ORDERS_ALL in self.rights and not self.is_payer

    @property
    def scope(self) -> Scope:
        # A payer's one order may be that of any subject; the guard lets no other through.
        return Scope(self.client_id, None if self.is_payer or self.is_shop else self.subject)

    @property
    def keyring(self) -> str:
        """Whose Idempotency-Keys count. The shop's are its own: no payer gets its answers, no user takes a key from it."""
        if self.is_payer:
            return f"{self.client_id}/payer/{self.order_id}"
        return self.client_id if self.subject == self.client_id else f"{self.client_id}/user/{self.subject}"

    @property
    def cause(self) -> Cause:
        return Cause(Why.API, f"{self.client_id}/{self.subject}", request_id())


def caller() -> Caller:
    known: Caller = g.caller
    return known


def by_payer() -> bool:
    """Also where nobody has been let in yet."""
    known: Caller | None = g.get("caller")
    return known is not None and known.is_payer


def request_id() -> str | None:
    found: str | None = g.get("request_id")
    return found


def shown_path() -> str:
    """The path for the logs. Some paths carry a secret of their own."""
    secret = (request.view_args or {}).get("secret")
    return request.path.replace(secret, "***") if secret else request.path
