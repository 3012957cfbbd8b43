"""Word to whoever runs the service, by the log."""

from typing import Final

import structlog

from domain.merchant import Endpoint

log: Final = structlog.get_logger()


class LoggedOperator:
    def endpoint_switched_off(self, endpoint: Endpoint) -> None:
        # Not its address, which may carry a password of the shop's.
        log.error(
            "webhook_endpoint_switched_off",
            endpoint_id=endpoint.id,
            client_id=endpoint.client_id,
            reason=endpoint.disabled_reason,
            failing_since=endpoint.failing_since,
        )

    def not_understood(self, row_id: str, client_id: str) -> None:
        log.error("webhook_row_not_understood", row_id=row_id, client_id=client_id)
