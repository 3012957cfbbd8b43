"""Receipt: what the tax office gives for a payment whose items are fiscal, asked of OCTO until it is there."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain import schedule
from domain.transaction import ShopTransactionId

# With the back-off of payments, three days.
MAX_CHECKS: Final = 77


class ReceiptState(StrEnum):
    AWAITED = "awaited"
    READY = "ready"
    MISSING = "missing"  # OCTO has not given one for so long that it is not asked any more


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalData:
    """The receipt itself. `qr_code_url` shows it to everybody."""

    terminal_id: str
    receipt_id: int
    issued_at: datetime
    fiscal_sign: str
    qr_code_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Of one successful payment."""

    shop_transaction_id: ShopTransactionId
    next_check_at: datetime | None
    checks: int = 0
    state: ReceiptState = ReceiptState.AWAITED
    fiscal_data: FiscalData | None = None

    def given(self, fiscal_data: FiscalData) -> "Receipt":
        """The first one stays."""
        if self.state is ReceiptState.READY:
            return self
        return replace(self, state=ReceiptState.READY, fiscal_data=fiscal_data, next_check_at=None)

    def not_given(self, at: datetime) -> "Receipt":
        """OCTO was asked in vain."""
        if self.state is not ReceiptState.AWAITED:
            return self
        checks = self.checks + 1
        if checks >= MAX_CHECKS:
            return replace(self, checks=checks, state=ReceiptState.MISSING, next_check_at=None)
        return replace(self, checks=checks, next_check_at=schedule.back_off(at, self.checks))
