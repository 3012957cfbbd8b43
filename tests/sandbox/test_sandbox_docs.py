"""docs/sandbox.md names everything that there is, with its true default."""

from pathlib import Path

import pytest

from sandbox.cards import RULES
from sandbox.control_payments import ROUTES as PAYMENT_ROUTES
from sandbox.control_sandbox import ROUTES as SANDBOX_ROUTES
from sandbox.envelope import dumps
from sandbox.faults import BEFORE_OR_AFTER, CALLS, OF_CALLBACKS, ONLY_AFTER
from sandbox.refunds import BY_CENTS
from sandbox.switches import SWITCHES

BEFORE = {f"{kind}_before" for kind in BEFORE_OR_AFTER}
KINDS_AND_PATHS = sorted({*BEFORE, *ONLY_AFTER, *OF_CALLBACKS, *CALLS})
PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SWITCHES)
def test_switch(name: str) -> None:
    switch = SWITCHES[name]
    allowed = switch.allowed.replace("|", "\\|")

    assert f"| `{name}` | {allowed} | `{dumps(switch.default)}` | {switch.about} |" in PAGE


@pytest.mark.parametrize("kind", KINDS_AND_PATHS)
def test_fault(kind: str) -> None:
    assert f"`{kind}`" in PAGE


@pytest.mark.parametrize("last4", RULES)
def test_card(last4: str) -> None:
    assert last4 in PAGE


@pytest.mark.parametrize("cents", BY_CENTS)
def test_refund_amount(cents: int) -> None:
    first, last = BY_CENTS[cents]

    assert f"| .{cents} | {first} | {last} |" in PAGE


@pytest.mark.parametrize(("method", "rule"), [(method, rule) for method, rule, _ in (*PAYMENT_ROUTES, *SANDBOX_ROUTES)])
def test_control_call(method: str, rule: str) -> None:
    assert f"`{method} /sandbox{rule.replace('<path:', '{').replace('>', '}')}" in PAGE
