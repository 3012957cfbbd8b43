"""What one sandbox is started with."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Config:
    """One shop at one gateway. The defaults are the documented demo values; none of them is a secret."""

    host: str = "127.0.0.1"
    port: int = 9000
    public_url: str = ""
    """Base of octo_pay_url and redirectUrl; empty means http://host:port."""
    shop_id: int = 4321
    secret: str = "demo-secret"
    unique_key: str = "demo-unique-key"
    hash_key: str = "9b0d2a5c-0001-4f6e-8a11-5f2f3c4d5e6f"
    notify_url: str = ""
    """The address saved in the merchant cabinet, used when a payment names none."""
    seed: int | None = None
    """Makes UUIDs and random codes repeatable."""
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep

    @property
    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"
