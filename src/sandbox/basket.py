"""The basket of a payment: its sum, its suppliers and its fiscal objects."""

from decimal import Decimal
from typing import Any

from sandbox.envelope import Json, Refusal, amount, integer, is_blank, require
from sandbox.state import Sandbox

FISCAL = ("spic", "package_code", "nds", "inn", "pinfl")


def read_basket(given: Any) -> list[Json] | None:
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise Refusal(1, "Wrong params: [basket] must be a list of positions")
    for item in given:
        require(item, "position_desc", "count", "price")
        integer(item, "count")
        amount(item, "price")
    return given


def check_sum(basket: list[Json], total_sum: Decimal) -> None:
    total = sum((integer(item, "count") * amount(item, "price") for item in basket), Decimal(0))
    if total != total_sum:
        raise Refusal(3, f"Basket total {total} differs from total_sum {total_sum}")


def check_suppliers(sandbox: Sandbox, basket: list[Json]) -> None:
    for item in basket:
        supplier = item.get("supplier_shop_id")
        if supplier is not None and supplier not in sandbox.switches["supplier_shops"]:
            raise Refusal(8, f"Wrong supplier_shop_id [{supplier}]")


def check_fiscal_objects(sandbox: Sandbox, basket: list[Json]) -> None:
    """What the bank's manager has not registered cannot be put on a receipt."""
    registered = [fiscal_object(one) for one in sandbox.switches["fiscal_objects"]]
    for item in basket:
        wanted = fiscal_object(item)
        if any(value is not None for value in wanted.values()) and wanted not in registered:
            raise Refusal(403, not_registered(sandbox.config.shop_id, wanted))


def fiscal_object(item: Json) -> Json:
    return {name: None if is_blank(item.get(name)) else item[name] for name in FISCAL}


def not_registered(shop_id: int, wanted: Json) -> str:
    shown = {name: "null" if value is None else value for name, value in wanted.items()}
    return (
        f"Fiscal object with merchant ID {shop_id} spic : {shown['spic']} package code : {shown['package_code']}"
        f" nds : {shown['nds']} inn : {shown['inn']} pinfl : {shown['pinfl']} not contains in system"
    )


def has_fiscal_objects(basket: list[Json] | None) -> bool:
    return any(fiscal_object(item)["spic"] for item in basket or [])
