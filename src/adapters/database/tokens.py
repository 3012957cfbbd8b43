"""Outside issuers and revoked tokens; each call is a database transaction of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, delete, insert, select, update

from adapters.database.columns import is_storable
from adapters.database.failures import GuardHit
from adapters.database.mappers import Row
from adapters.database.statements import transaction
from adapters.database.tables import IssuerRow, RevokedTokenRow, table
from domain.issuers import Algorithm, Issuer, IssuerTaken

_ISSUERS: Final = table(IssuerRow)
_REVOKED: Final = table(RevokedTokenRow)


class SqlIssuers:
    def __init__(self, engine: Engine, reading: Engine) -> None:
        self._engine = engine
        self._reading = reading

    def add(self, issuer: Issuer) -> None:
        row = {
            "name": issuer.name,
            "client_id": issuer.client_id,
            "audience": issuer.audience,
            "algorithm": issuer.algorithm.value,
            "scopes": list(issuer.scopes),
            "created_at": issuer.created_at,
            "jwks_url": issuer.jwks_url,
            "sealed_key": issuer.sealed_key,
        }
        try:
            with transaction(self._engine) as statements:
                statements.execute(insert(_ISSUERS), row)
                statements.commit()
        except GuardHit:
            raise IssuerTaken() from None

    def find(self, name: str) -> Issuer | None:
        if not is_storable(name):
            return None
        with transaction(self._reading) as statements:
            row = statements.execute(select(*_ISSUERS.c).where(_ISSUERS.c.name == name)).mappings().first()
            return None if row is None else _read(row)

    def all(self) -> Sequence[Issuer]:
        with transaction(self._reading) as statements:
            return [_read(row) for row in statements.execute(select(*_ISSUERS.c).order_by(_ISSUERS.c.name)).mappings()]

    def reseal(self, name: str, before: str, after: str) -> None:
        same = (_ISSUERS.c.name == name, _ISSUERS.c.sealed_key == before)
        with transaction(self._engine) as statements:
            statements.execute(update(_ISSUERS).where(*same).values(sealed_key=after))
            statements.commit()

    def remove(self, client_id: str) -> bool:
        with transaction(self._engine) as statements:
            removed = statements.execute(delete(_ISSUERS).where(_ISSUERS.c.client_id == client_id)).rowcount
            statements.commit()
            return bool(removed)


class SqlRevokedTokens:
    def __init__(self, engine: Engine, reading: Engine) -> None:
        self._engine = engine
        self._reading = reading

    def revoke(self, issuer: str, token_id: str, at: datetime) -> None:
        with transaction(self._engine) as statements:
            new = statements.insert(_REVOKED).values(issuer=issuer, token_id=token_id, revoked_at=at)
            statements.execute(new.on_conflict_do_nothing())
            statements.commit()

    def is_revoked(self, issuer: str, token_id: str) -> bool:
        if not is_storable(token_id):
            return True
        with transaction(self._reading) as statements:
            query = select(1).where(_REVOKED.c.issuer == issuer, _REVOKED.c.token_id == token_id)
            return statements.execute(query).first() is not None

    def forget_before(self, at: datetime) -> int:
        with transaction(self._engine) as statements:
            forgotten = statements.execute(delete(_REVOKED).where(_REVOKED.c.revoked_at <= at)).rowcount
            statements.commit()
            return forgotten


def _read(row: Row) -> Issuer:
    return Issuer(
        name=row["name"],
        client_id=row["client_id"],
        audience=row["audience"],
        algorithm=Algorithm(row["algorithm"]),
        scopes=tuple(row["scopes"]),
        created_at=row["created_at"],
        jwks_url=row["jwks_url"],
        sealed_key=row["sealed_key"],
    )
