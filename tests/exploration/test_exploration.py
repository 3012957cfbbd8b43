"""The real domain against OCTO in its variants: every state within small bounds keeps the guarantees; wider ones by `--full`."""

import sys
from dataclasses import fields

import pytest

from domain.transaction import PaymentTransaction
from tests.exploration import canonical
from tests.exploration.__main__ import line
from tests.exploration.search import explore
from tests.exploration.variants import FAST, Variant

ENOUGH = 200_000
# Kept for people and for the wire, or as a limit on cards and codes: without effect on what may happen to the money.
FORGOTTEN = frozenset(
    {
        "codes_sent",
        "code_sent_at",
        "codes_wrong",
        "error_code",
        "held_at",
        "facts",
        "checks",
        "reviews_seen",
        "asked_at",
        "request_payload",
        "response_payload",
    }
)


@pytest.mark.parametrize("variant", FAST, ids=lambda variant: variant.name)
def test_no_state_breaks_a_guarantee(variant: Variant, capsys: pytest.CaptureFixture[str]) -> None:
    found = explore(variant, ENOUGH)
    with capsys.disabled():
        sys.stdout.write(f"\n  {line(found)}")

    assert found.violation is None, str(found.violation)
    assert found.complete


def test_every_field_of_a_transaction_is_either_kept_or_known_to_make_no_difference() -> None:
    """Whoever adds a field decides here whether the exploration has to tell states apart by it."""
    kept = canonical.ALWAYS_KEPT | canonical.KEPT_WHILE_LIVE | canonical.KEPT_IN_COARSE_TIME

    assert {f.name for f in fields(PaymentTransaction)} - kept == FORGOTTEN
