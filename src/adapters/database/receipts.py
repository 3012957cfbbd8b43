"""Receipts and their rows, read and written side by side."""

from collections.abc import Mapping
from typing import Any

from adapters.database.mappers import Row
from domain.receipt import FiscalData, Receipt, ReceiptState
from domain.transaction import ShopTransactionId


def read_receipt(row: Row) -> Receipt:
    return Receipt(
        shop_transaction_id=ShopTransactionId(row["shop_transaction_id"]),
        next_check_at=row["next_check_at"],
        checks=row["checks"],
        state=ReceiptState(row["state"]),
        fiscal_data=None if row["qr_code_url"] is None else _read_fiscal_data(row),
    )


def _read_fiscal_data(row: Row) -> FiscalData:
    return FiscalData(
        terminal_id=row["terminal_id"],
        receipt_id=row["receipt_id"],
        issued_at=row["issued_at"],
        fiscal_sign=row["fiscal_sign"],
        qr_code_url=row["qr_code_url"],
    )


def write_receipt(receipt: Receipt) -> Mapping[str, Any]:
    given = receipt.fiscal_data
    return {
        "shop_transaction_id": receipt.shop_transaction_id,
        "next_check_at": receipt.next_check_at,
        "checks": receipt.checks,
        "state": receipt.state.value,
        "terminal_id": given and given.terminal_id,
        "receipt_id": given and given.receipt_id,
        "issued_at": given and given.issued_at,
        "fiscal_sign": given and given.fiscal_sign,
        "qr_code_url": given and given.qr_code_url,
    }
