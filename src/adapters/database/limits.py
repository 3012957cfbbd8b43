"""What the limits count, one row for each limit and subject; whoever counts holds its row until the commit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, or_, select, tuple_, update

from adapters.database.mappers import Row
from adapters.database.statements import Statements
from adapters.database.tables import TallyRow, table
from domain.limits import Limit, Mark, Tally

_TALLIES: Final = table(TallyRow)


class SqlTallies:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def of(self, limit: Limit, subject: str) -> Tally:
        row = self._statements.execute(select(*_TALLIES.c).where(*_named(limit, subject))).mappings().first()
        return Tally(limit, subject) if row is None else read_tally(row)

    def held(self, limit: Limit, subject: str) -> Tally:
        # Makes or locks the row and reads it, in one statement, so that it can neither be missing nor be deleted meanwhile.
        new = self._statements.insert(_TALLIES).values(write_tally(Tally(limit, subject)))
        ours = new.on_conflict_do_update(index_elements=["limit", "subject"], set_={"subject": subject})
        return read_tally(self._statements.execute(ours.returning(*_TALLIES.c)).mappings().one())

    def save(self, tally: Tally) -> None:
        self._statements.execute(
            update(_TALLIES).where(*_named(tally.limit, tally.subject)).values(**write_tally(tally))
        )

    def all(self) -> Sequence[Tally]:
        query = select(*_TALLIES.c).order_by(_TALLIES.c.limit, _TALLIES.c.subject)
        return [read_tally(row) for row in self._statements.execute(query).mappings()]

    def delete(self, tally: Tally) -> None:
        self._statements.execute(delete(_TALLIES).where(*_named(tally.limit, tally.subject)))

    def forget(self, at: datetime, limit: int) -> int:
        # Those that are being counted on at this moment are passed over.
        over = (
            select(_TALLIES.c.limit, _TALLIES.c.subject)
            .where(or_(_TALLIES.c.until <= at, _TALLIES.c.until.is_(None)))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return self._statements.execute(
            delete(_TALLIES).where(tuple_(_TALLIES.c.limit, _TALLIES.c.subject).in_(over))
        ).rowcount


def _named(limit: Limit, subject: str) -> tuple[ColumnElement[bool], ...]:
    return (_TALLIES.c.limit == limit.value, _TALLIES.c.subject == subject)


def read_tally(row: Row) -> Tally:
    marks = tuple(Mark(m["name"], datetime.fromisoformat(m["at"]), m["refused"]) for m in row["marks"])
    return Tally(Limit(row["limit"]), row["subject"], marks)


def write_tally(tally: Tally) -> Mapping[str, Any]:
    return {
        "limit": tally.limit.value,
        "subject": tally.subject,
        "marks": [{"name": m.name, "at": m.at.isoformat(), "refused": m.refused} for m in tally.marks],
        "until": tally.until,
    }
