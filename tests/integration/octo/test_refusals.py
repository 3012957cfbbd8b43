"""The catalogue of OCTO's refusals, and the client's judgement of each code: one says what the other does."""

from typing import Final

import pytest
from requests_mock import Mocker

from domain.ports import Denied, Unknown
from domain.refusals import MEANINGS, OctoCall, Reason
from tests.integration.octo.given import outcome

ASKED: Final = {
    OctoCall.PREPARE: ["prepare"],
    OctoCall.STATUS: ["read_status"],
    OctoCall.PAY: ["pay", "pay_by_token"],
    OctoCall.INFO: ["verification_info", "binding_info"],
    OctoCall.CODE: ["check_code"],
    OctoCall.RESEND: ["resend_code"],
    OctoCall.HOLD: ["capture", "release"],
    OctoCall.REFUND: ["refund"],
    OctoCall.BIND: ["bind_card"],
    OctoCall.PROVE: ["check_binding_code"],
    OctoCall.BLOCK: ["block_card_token"],
    OctoCall.RECEIPT: ["fiscal_data"],
}
CASES: Final = [(asked, code, meaning.reason) for (call, code), meaning in MEANINGS.items() for asked in ASKED[call]]


@pytest.mark.parametrize(("asked", "code", "reason"), CASES)
def test_what_says_nothing_of_the_payment_is_unknown_and_all_else_a_refusal(
    requests_mock: Mocker, asked: str, code: int, reason: Reason
) -> None:
    found = outcome(requests_mock, asked, f'{{"error": {code}, "errMessage": "no", "data": null}}')

    assert type(found) is (Unknown if reason in (Reason.FAULT, Reason.TOO_OFTEN) else Denied)


def test_every_call_that_can_be_refused_is_in_the_catalogue() -> None:
    assert set(ASKED) == set(OctoCall) == {call for call, _ in MEANINGS}
