"""Whatever comes in, nothing comes out that the contract does not name: fuzzed with broken and with nearly right input."""

import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.octo import answers
from adapters.octo.callback import OctoCallbackReader
from adapters.octo.outcome import judge
from adapters.octo.redaction import kept
from adapters.octo.transport import Reply
from adapters.octo.wire import Question
from adapters.octo.words import Call
from domain.card import Scheme
from domain.errors import ForgedCallback, MalformedCallback
from domain.money import MAX_MINOR
from domain.ports import Answered, Callback, Denied, NeverLeft, Unknown
from domain.report import Source
from tests.integration.octo.examples import CREATED_BEFORE, PAID, PREPARED, VERIFICATION
from tests.integration.octo.given import AT, UUID, a_transaction
from tests.integration.octo.test_callback import KEY, SAMPLE

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from([UUID, "succeeded", "UZS", "185000.00", "NaN", "1e999999999", "\ud800", "\x00", 0, 185000]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
)


def nearly(*samples: str) -> st.SearchStrategy[bytes]:
    """One of the samples with some of its fields replaced or missing, in `data` and at the top."""
    bodies = [json.loads(sample) for sample in samples]

    @st.composite
    def bent(draw: Any) -> bytes:
        body = dict(draw(st.sampled_from(bodies)))
        for part in [body] + ([body["data"]] if isinstance(body.get("data"), dict) else []):
            names = draw(st.lists(st.sampled_from(sorted(part)), max_size=3))
            part |= {name: draw(values) for name in names}
        for name in draw(st.lists(st.sampled_from(sorted(body)), max_size=2)):
            body.pop(name, None)
        return json.dumps(body).encode()

    return bent()


anything = st.one_of(st.binary(max_size=200), values.map(lambda value: json.dumps(value).encode()))
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@quick
@given(st.one_of(anything, nearly(SAMPLE)))
@example(b'{"x": 1e999999999}')
@example(b"[" * 16_000)
def test_a_callback_is_read_or_malformed_or_forged(raw: bytes) -> None:
    for reader in (OctoCallbackReader((KEY,)), OctoCallbackReader(())):
        try:
            outcome: object = reader.read(raw, AT)
        except (MalformedCallback, ForgedCallback) as refused:
            outcome = refused

        assert isinstance(outcome, Callback | MalformedCallback | ForgedCallback)
        if isinstance(outcome, Callback):
            assert json.loads(json.dumps(outcome.body)) == outcome.body
            assert outcome.report.amount is None or 0 <= outcome.report.amount.amount_minor <= MAX_MINOR


@quick
@given(
    st.one_of(anything, nearly(PREPARED, CREATED_BEFORE, PAID, VERIFICATION)),
    st.sampled_from([200, 200, 200, 302, 503]),
)
def test_an_answer_is_one_of_the_four_outcomes(raw: bytes, status: int) -> None:
    transaction = a_transaction()
    readers: dict[Call, Any] = {
        Call.PREPARE: lambda found: answers.report(found, transaction, Source.ANSWER, AT),
        Call.READ_STATUS: lambda found: answers.report(found, transaction, Source.READ, AT),
        Call.PAY: lambda found: answers.card_accepted(found, transaction, Scheme.BANK_CARD),
        Call.VERIFICATION_INFO: lambda found: answers.verification(found, AT),
        Call.CHECK_CODE: lambda found: answers.taken(found, transaction),
        Call.RESEND_CODE: lambda found: answers.verification(found, AT),
        Call.REFUND: lambda found: answers.refund_taken(found, transaction),
    }
    for call, read in readers.items():
        outcome = judge(Question(call, "POST", "/", None, {}), Reply(status, raw), read)

        assert isinstance(outcome, Answered | NeverLeft | Denied | Unknown)
        assert status == 200 or isinstance(outcome, Unknown)
        assert json.loads(json.dumps(outcome.exchange.response)) == outcome.exchange.response


@quick
@given(st.dictionaries(st.sampled_from(["data", "errMessage", "id", "maskedPan", "payMethods", "x"]), values))
def test_what_is_kept_is_always_json_of_bounded_size(received: dict[str, object]) -> None:
    copy = kept(received, ("8600495473316478", "123", ""))

    assert len(json.dumps(copy)) <= 8_000
