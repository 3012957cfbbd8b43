"""What a database refuses or fails to do, told in words without SQL and without values."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.ports import StorageUnavailable


class GuardHit(Exception):
    """A constraint or trigger refused a row. `guard` is its name or, for a unique index of SQLite, the columns."""

    def __init__(self, guard: str) -> None:
        super().__init__(guard)
        self.guard = guard


@contextmanager
def told_in_our_words() -> Iterator[None]:
    """Raises StorageUnavailable for a lock, a lost connection, a full or read-only disk; GuardHit for a refused row.

    A driver's own message would quote the row.
    """
    try:
        yield
    except PoolTimeout:
        raise StorageUnavailable("all connections are in use") from None
    except IntegrityError as error:
        raise GuardHit(_guard(error)) from None
    except (DataError, NotSupportedError, ProgrammingError):
        raise  # our own mistake: trying again cannot help
    except DBAPIError as error:
        code = _code(error)
        if code == "SQLITE_ERROR":  # the same, in SQLite's terms
            raise
        raise StorageUnavailable(f"{type(error.orig).__name__} {code}".rstrip()) from None


def _guard(error: IntegrityError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is None:
        return str(error.orig).rpartition(": ")[2]
    return str(diagnosis.constraint_name or diagnosis.message_primary)


def _code(error: DBAPIError) -> str:
    """SQLSTATE, or SQLite's name for it."""
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None) or ""
