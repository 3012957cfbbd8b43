"""One message, after the Standard Webhooks specification: its body, and the headers that prove who sent it and when."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from domain.merchant import Delivery


def body_of(delivery: Delivery) -> str:
    """The same in every attempt."""
    at = delivery.event_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = {"type": delivery.type, "timestamp": at, "data": delivery.data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def signed(message_id: str, body: str, secrets: Sequence[str], at: datetime) -> Mapping[str, str]:
    """`webhook-id` is the same in every attempt; there is a signature by each of the secrets."""
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
