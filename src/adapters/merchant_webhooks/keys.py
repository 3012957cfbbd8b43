"""Ids and secrets of endpoints, and how the secrets are kept: encrypted, since each message has to be signed with them."""

from base64 import b64encode, urlsafe_b64encode
from secrets import token_bytes, token_hex

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from domain.ports import Unreadable

_SECRET_BYTES = 32


class RandomWebhookKeys:
    def endpoint_id(self) -> str:
        return f"we_{token_hex(16)}"

    def test_event_id(self) -> str:
        return f"evt_test_{token_hex(16)}"

    def secret(self) -> str:
        """In the form of the Standard Webhooks specification."""
        return f"whsec_{b64encode(token_bytes(_SECRET_BYTES)).decode()}"


class FernetSealer:
    """Keys are 32 bytes each. Seals with the first, opens with any: put a new one before the old one to change keys."""

    def __init__(self, *keys: bytes) -> None:
        self._fernet = MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable from None
