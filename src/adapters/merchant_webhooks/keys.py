"""Ids and secrets of endpoints: random."""

from base64 import b64encode
from secrets import token_bytes, token_hex

_SECRET_BYTES = 32


class RandomWebhookKeys:
    def endpoint_id(self) -> str:
        return f"we_{token_hex(16)}"

    def test_event_id(self) -> str:
        return f"evt_test_{token_hex(16)}"

    def secret(self) -> str:
        """In the form of the Standard Webhooks specification."""
        return f"whsec_{b64encode(token_bytes(_SECRET_BYTES)).decode()}"
