"""The unit of work, and the database as a whole, which hands units out.

Reads and writes go over SQLAlchemy Core on connections of one engine. In the service that engine is Flask-SQLAlchemy's (see
`extension.py`); tools, workers and tests need no Flask and open one by its URL.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, select

from adapters.database.audit import SqlAudit
from adapters.database.books import SqlBooks
from adapters.database.doors import SqlClients, SqlIdempotencyKeys
from adapters.database.engine import connect, for_reading
from adapters.database.figures import SqlFigures
from adapters.database.health import Health
from adapters.database.journal import SqlAuditTrail, SqlInbox, SqlOutbox
from adapters.database.limits import SqlTallies
from adapters.database.merchant import SqlDeliveries, SqlEndpoints
from adapters.database.register import SqlRegister, SqlRegisterLines
from adapters.database.saved_cards import SqlSavedCards
from adapters.database.statements import Statements, transaction
from adapters.database.tokens import SqlIssuers, SqlRevokedTokens
from domain.ports import (
    AuditTrail,
    BooksRepository,
    Deliveries,
    Endpoints,
    Inbox,
    Outbox,
    RegisterLines,
    SavedCards,
    StorageUnavailable,
    Tallies,
    UnitOfWork,
)


class SqlUnitOfWork:
    books: BooksRepository
    inbox: Inbox
    audit: AuditTrail
    outbox: Outbox
    endpoints: Endpoints
    deliveries: Deliveries
    tallies: Tallies
    cards: SavedCards
    register: RegisterLines

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self.books = SqlBooks(statements)
        self.inbox = SqlInbox(statements)
        self.audit = SqlAuditTrail(statements)
        self.outbox = SqlOutbox(statements)
        self.endpoints = SqlEndpoints(statements)
        self.deliveries = SqlDeliveries(statements)
        self.tallies = SqlTallies(statements)
        self.cards = SqlSavedCards(statements)
        self.register = SqlRegisterLines(statements)

    def commit(self) -> None:
        self._statements.commit()


class Database:
    """`engine` is one that `engine.prepared` has seen."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = for_reading(engine)
        self.audit = SqlAudit(self._reading)
        self.figures = SqlFigures(self._reading)
        self.health = Health(engine, self._reading)
        self.register = SqlRegister(self._reading)
        self.clients = SqlClients(engine, self._reading)
        self.idempotency_keys = SqlIdempotencyKeys(engine)
        self.issuers = SqlIssuers(engine, self._reading)
        self.revoked_tokens = SqlRevokedTokens(engine, self._reading)

    @classmethod
    def at(cls, database_url: str) -> "Database":
        return cls(connect(database_url))

    @contextmanager
    def units(self) -> Iterator[UnitOfWork]:
        with transaction(self._engine) as statements:
            yield SqlUnitOfWork(statements)

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """For reads alone: no transaction, so that each read sees the latest. Writing raises TypeError."""
        with transaction(self._reading) as statements:
            yield SqlUnitOfWork(statements)

    def answers(self) -> bool:
        """Whether the database can be read now."""
        try:
            with transaction(self._reading) as statements:
                statements.execute(select(1))
        except StorageUnavailable:
            return False
        return True

    def dispose(self) -> None:
        """Closes the connections that are not in use."""
        self._engine.dispose()
