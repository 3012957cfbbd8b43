"""The API over the real use cases, as the tests of the HTTP layer have it, and databases, as those of the storage have them."""

from tests.integration.conftest import (
    database,
    database_url,
    postgresql_database,
    postgresql_server,
    postgresql_url,
    sqlite_template,
    sqlite_url,
)
from tests.integration.http.conftest import api, app, visitor

__all__ = [
    "api",
    "app",
    "database",
    "database_url",
    "postgresql_database",
    "postgresql_server",
    "postgresql_url",
    "sqlite_template",
    "sqlite_url",
    "visitor",
]
