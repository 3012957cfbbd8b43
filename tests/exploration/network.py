"""What may happen to requests, answers and slow reads on their way, and to the process that waits for them."""

from collections.abc import Iterator

from domain.report import Source
from tests.exploration import octo, refunds, reports
from tests.exploration.acts import Act, Said
from tests.exploration.event import Passage, Payments, put
from tests.exploration.octo import ABSENT, CANCELED, SUCCEEDED, Payment
from tests.exploration.state import UNANSWERED, Message, Net, Reading
from tests.exploration.variants import Variant

_NEVER_LEFT = {
    "pay": "card never left",
    "code": "code never left",
    "capture": "hold call never left",
    "release": "hold call never left",
    "late release": "late release undone",
    "refund": "refund never left",
}
_ANSWERED = {
    ("prepare", "denied"): "prepare denied",
    ("pay", "sms"): "card answered, sms",
    ("pay", "bank"): "card answered, bank's page",
    ("pay", "taken"): "card answered, taken",
    ("pay", "denied"): "denied",
    ("code", "ok"): "code answered",
    ("code", "denied"): "denied",
    ("resend", "sms"): "verification",
    ("capture", "denied"): "denied",
    ("release", "denied"): "denied",
    ("late release", "denied"): "late release undone",
    ("refund", "done"): "refund done",
    ("refund", "pending"): "refund pending",
    ("refund", "failed"): "refund failed",
    ("refund", "denied"): "refund denied",
}


def passages(variant: Variant, net: Net, payments: Payments) -> Iterator[Passage]:
    for message in dict.fromkeys(net.messages):
        if message.answer == UNANSWERED:
            yield from _on_the_way(variant, net, payments, message)
        else:
            yield from _on_the_way_back(variant, net, payments, message)
    if net.reading is not None:
        yield _slow_read(variant, net, payments, net.reading)
    if net.reading is not None or net.is_awaited:
        kept = (m._replace(awaited=False, fresh=False) for m in net.messages if m.answer == UNANSWERED)
        yield Passage("our process dies", 0, Net(tuple(sorted(kept))), payments, uses="crashes")


def pruned(net: Net, payments: Payments) -> Net:
    """Without the requests that nobody waits for and OCTO will only refuse."""
    if not net.messages:
        return net
    kept = tuple(m for m in net.messages if m.awaited or _may_matter(m, payments[m.attempt]))
    return net._replace(messages=kept)


def _may_matter(message: Message, payment: Payment) -> bool:
    if message.request.kind == "prepare":
        return payment.word == ABSENT
    if message.request.kind == "refund":
        return payment.word == SUCCEEDED
    return payment.word not in (SUCCEEDED, CANCELED)


def _on_the_way(variant: Variant, net: Net, payments: Payments, message: Message) -> Iterator[Passage]:
    attempt, kind, rest = message.attempt, message.request.kind, net.minus(message)
    before = payments[attempt]
    taken = refunds.serve(before, message.request) if kind == "refund" else octo.serve(variant, before, message.request)
    for payment, answer in taken:
        after = rest.plus(message._replace(answer=answer)) if message.awaited else rest
        yield Passage(f"OCTO takes {kind}: {answer.kind}", attempt, after, put(payments, attempt, payment))
    if message.awaited:
        astray = rest.plus(message._replace(awaited=False, fresh=False))
        yield Passage(f"{kind} is late or lost", attempt, astray, payments, uses="lost")
        if kind in _NEVER_LEFT:
            act = Act(_NEVER_LEFT[kind], attempt, message.fresh, refund=message.request.refund)
            yield Passage(f"{kind} never left", attempt, rest, payments, act, uses="lost")


def _on_the_way_back(variant: Variant, net: Net, payments: Payments, message: Message) -> Iterator[Passage]:
    attempt, kind, answer, rest = message.attempt, message.request.kind, message.answer, net.minus(message)
    act = None
    if answer.kind == "status":
        said = reports.told(variant, payments[attempt], answer.word, Source.ANSWER)
        act = Act("hear", attempt, message.fresh, said=said)
    elif (kind, answer.kind) in _ANSWERED:
        refund = message.request.refund
        act = Act(_ANSWERED[kind, answer.kind], attempt, message.fresh, card=answer.card, refund=refund)
    yield Passage(f"the answer to {kind} comes: {answer.kind}", attempt, rest, payments, act)
    yield Passage(f"the answer to {kind} is lost", attempt, rest, payments, uses="lost")


def _slow_read(variant: Variant, net: Net, payments: Payments, reading: Reading) -> Passage:
    attempt, payment = reading.attempt, payments[reading.attempt]
    if reading.word is None:
        word = octo.shown(variant, payment)
        answered = reading._replace(
            word=word,
            card=octo.checked(variant, payment),
            part=payment.part,
            refunded_minor=payment.refunded_minor,
        )
        what = f"OCTO answers the slow read: {octo.WORDS[word]}"
        return Passage(what, attempt, net._replace(reading=answered), payments)
    said = Said(
        reading.word,
        Source.READ,
        late=reading.late,
        card=reading.card,
        part=reading.part,
        other_amount=variant.other_amount,
        refunded_minor=reading.refunded_minor,
    )
    act = Act("hear", attempt, reading.fresh, said=said)
    what = f"the slow read comes: {octo.WORDS[reading.word]}"
    return Passage(what, attempt, net._replace(reading=None), payments, act)
