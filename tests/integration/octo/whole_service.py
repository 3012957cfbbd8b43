"""The service as it is put together, with its database and its API, before the stand-in; and a shop that uses it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from flask.testing import FlaskClient

from adapters.database.schema import migrate
from domain.ports import Client
from entrypoints.bootstrap import build
from entrypoints.http.caller import ALL_RIGHTS
from entrypoints.http.services import services_of
from entrypoints.settings import Settings
from tests.integration.octo.stand_in import Sandbox

SECRET: Final = "secret-of-the-shop"
UZCARD: Final = "8600495473316478"


class Shop:
    def __init__(self, http: FlaskClient) -> None:
        self._http = http
        form = {"grant_type": "client_credentials", "client_id": "shop", "client_secret": SECRET}
        token = http.post("/api/auth/token/", data=form).get_json()["access_token"]
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    def send(self, method: str, path: str, body: object, status: int) -> Any:
        answer = self._http.open(path, method=method, json=body, headers=self._headers)
        assert answer.status_code == status, answer.text
        return answer.get_json()

    def post(self, path: str, body: object, status: int = 200) -> Any:
        return self.send("POST", path, body, status)

    def get(self, path: str) -> Any:
        return self.send("GET", path, None, 200)

    def paid(self, **order: object) -> str:
        """The path of an order that was paid with a card and a code."""
        path = f"/api/orders/{self.post('/api/orders/', order, 201)['id']}/"
        transaction_id = self.post(f"{path}payment/initiate/", {})["transaction_id"]
        card = {"card_number": UZCARD, "expire": "1240", "cardholder_name": "TEST USER"}
        self.post(f"{path}payment/confirm/", card | {"transaction_id": transaction_id})
        self.post(f"{path}payment/verify-otp/", {"transaction_id": transaction_id, "sms_key": "111111"})
        self.get(f"{path}payment/status/")
        return path


def whole_service(sandbox: Sandbox, folder: Path, public_url: str) -> FlaskClient:
    """With one client, `shop`."""
    database = f"sqlite:///{folder}/payments.sqlite3"
    migrate(database)
    environment = {
        "ENVIRONMENT": "development",
        "SECRET_KEY": "a-key-for-tests-only-0123456789abcdef",
        "JWT_SECRET_KEY": "another-key-for-tests-only-0123456789",
        "DATABASE_URL": database,
        "JOBS_URL": f"sqlite:///{folder}/jobs.sqlite3",
        "PUBLIC_URL": public_url,
        "FRONTEND_URL": "https://shop.example",
        "OCTO_API_URL": sandbox.url,
        "OCTO_SHOP_ID": "4321",
        "OCTO_SECRET": "shop-secret",
        "OCTO_TEST_MODE": "true",
        "REFUND_MINIMUM_UZS": "14000",
        "REFUND_MINIMUM_USD": "2",
        "REFUND_MINIMUM_RUB": "150",
        "LOG_LEVEL": "ERROR",
    }
    app = build(Settings.from_env(environment))
    services = services_of(app)
    secret_hash = services.hasher.hash(SECRET)
    services.clients.add(
        Client(id="shop", name="shop", secret_hash=secret_hash, scopes=ALL_RIGHTS, created_at=datetime.now(UTC))
    )
    return app.test_client()
