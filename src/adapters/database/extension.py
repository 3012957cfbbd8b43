"""The database inside a Flask application: Flask-SQLAlchemy holds the engine, Flask-Migrate adds `flask db`."""

from typing import Final

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from adapters.database.engine import located, options, prepared
from adapters.database.schema import MIGRATIONS
from adapters.database.tables import Base
from adapters.database.unit_of_work import Database

db: Final = SQLAlchemy(model_class=Base)
migrate: Final = Migrate(db=db, directory=str(MIGRATIONS))


def install(app: Flask, database_url: str) -> Database:
    """Once per application, in the composition root."""
    url = located(database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options(url)
    db.init_app(app)
    migrate.init_app(app)
    with app.app_context():
        return Database(prepared(db.engine))
