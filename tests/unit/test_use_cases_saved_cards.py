"""Saved cards: saved, proved, told of, used to pay, revoked and forgotten, whatever is lost on the way."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.card import Card, CardToken, OneTimeCode, Scheme
from domain.card_moves import CardStatus, TokenWord
from domain.errors import (
    CardDeclined,
    CardNotSaved,
    CardsPaused,
    CvcRequired,
    ForgedCallback,
    GatewayUnavailable,
    MalformedCallback,
    OtpRejected,
    SavedCardNotFound,
    SavedCardNotUsable,
    TooManyCards,
)
from domain.moves import Status, Word
from domain.order import Customer, Order, Owner, Scope
from domain.ports import CardAccepted, Chore, StorageUnavailable, Unreadable
from domain.saved_card import SavedCard
from domain.use_cases.card_tokens import ACKNOWLEDGED, SealedTokens
from domain.use_cases.orders import NewOrder
from tests.fakes.cards import TOKEN
from tests.fakes.gateway import answered, denied, lost, never_left, unknown
from tests.fakes.world import AMOUNT, API, FROM_OCTO, OWNER, SCOPE, SEALED, UZCARD, VISA, World

CUSTOMER = Customer("u-1", "998901112233", "a@shop.example")


class Wallet(World):
    """A world whose shop's customer u-1 saves cards."""

    def a_card(self, number: str = UZCARD) -> Card:
        today = self.clock.now().date()
        return Card(number=number, expire="1240", holder="TEST USER", cvc="123", today=today)

    def save(
        self, number: str = UZCARD, *, owner: Owner = OWNER, user_id: str = "u-1", request_keys: tuple[str, ...] = ()
    ) -> SavedCard:
        return self.saving.save(
            owner, user_id, self.a_card(number), phone="998901112233", cause=API, request_keys=request_keys
        )

    def prove(self, card: SavedCard, code: str = "111111") -> SavedCard:
        return self.saving.verify(card.id, SCOPE, OneTimeCode(code), API)

    def hears(
        self, card: SavedCard, word: TokenWord = TokenWord.ACTIVE, token: str | None = TOKEN, secret: str | None = None
    ) -> Any:
        self.token_reader.report = (card.id, word, token)
        return self.card_callbacks.receive(card.id, secret or f"secret-of-{card.id}", b"{}", FROM_OCTO)

    def saved(self, number: str = UZCARD) -> SavedCard:
        card = self.save(number)
        if card.scheme is not Scheme.BANK_CARD:
            self.prove(card)
        self.hears(card)
        return self.now(card)

    def now(self, card: SavedCard) -> SavedCard:
        return next(found for found in self.database.saved_cards if found.id == card.id)

    def order_of(self, customer: Customer | None = CUSTOMER, owner: Owner = OWNER) -> Order:
        return self.orders.create(NewOrder(amount=AMOUNT, customer=customer), owner, API)

    def pay(self, order: Order, card: SavedCard, cvc: str | None = None) -> Any:
        self.initiate(order)
        return self.token_payments.confirm(order.id, SCOPE, None, card.id, cvc, API)

    def news(self) -> list[str]:
        return [event.type for event in self.database.merchant_events]


@pytest.fixture
def world() -> Wallet:
    return Wallet()


# ---- saving and proving


def test_a_card_is_saved_with_a_code_and_a_token(world: Wallet) -> None:
    begun = world.save()
    proved = world.prove(begun)
    answer = world.hears(begun)

    assert (begun.status, begun.verification and begun.verification.phone) == (CardStatus.VERIFYING, "+998** *****27")
    assert (proved.status, proved.code_accepted) == (CardStatus.VERIFYING, True)
    assert answer == ACKNOWLEDGED
    assert world.now(begun).is_usable
    assert world.news() == ["saved_card.active"]
    assert Chore.DELIVER_EVENTS in world.doorbell.rung


def test_the_shop_is_told_which_card_and_nothing_more(world: Wallet) -> None:
    card = world.saved()
    (event,) = world.database.merchant_events

    assert event.order_id is None
    assert event.data == {
        "saved_card": {
            "id": card.id,
            "customer_user_id": "u-1",
            "status": "active",
            "scheme": "uzcard",
            "masked": "860049******6478",
            "error_code": None,
        }
    }


def test_octo_is_told_an_address_that_nobody_else_knows(world: Wallet) -> None:
    card = world.save()
    request = world.keeper.bindings[card.id].request

    assert request.bind_notify_url == f"https://pay.example/api/cards/notify/{card.id}/secret-of-{card.id}/"
    assert request.notify_url == "https://pay.example/api/payments/notify/"
    assert "secret-of" not in repr(request)


def test_the_intent_is_committed_before_the_card_leaves(world: Wallet) -> None:
    seen: list[CardStatus] = []

    def look(proceed: Callable[[], Any]) -> Any:
        seen.extend(card.status for card in world.database.saved_cards)
        return proceed()

    world.keeper.script("bind", look)
    world.save()

    assert seen == [CardStatus.INIT]


def test_a_refused_card_is_told_without_a_reason(world: Wallet) -> None:
    world.keeper.script("bind", denied("-51"))
    with pytest.raises(CardNotSaved) as refused:
        world.save()

    assert refused.value.facts == {}
    assert [card.error_code for card in world.database.saved_cards] == ["card_not_saved"]
    assert world.news() == ["saved_card.failed"]


@pytest.mark.parametrize("code", ["1", "2"])
def test_what_was_wrong_with_the_request_itself_is_told(world: Wallet, code: str) -> None:
    world.keeper.script("bind", denied(code))
    with pytest.raises(CardNotSaved) as refused:
        world.save()

    assert refused.value.facts == {"octo_code": code}


def test_a_card_that_never_left_may_be_sent_again(world: Wallet) -> None:
    world.keeper.script("bind", never_left())
    with pytest.raises(GatewayUnavailable):
        world.save()

    assert world.save().status is CardStatus.VERIFYING


def test_where_the_answer_was_lost_the_callback_still_brings_the_token(world: Wallet) -> None:
    world.keeper.script("bind", lost)
    card = world.save()
    world.hears(card)

    assert card.status is CardStatus.INIT
    assert world.now(card).is_usable


def test_where_nothing_was_told_of_the_code_it_is_asked_for_again(world: Wallet) -> None:
    world.keeper.script("binding_info", unknown())
    card = world.save()
    world.clock.advance(seconds=1.1)
    again = world.saving.get(card.id, SCOPE, API)

    assert card.lacks_code
    assert again.verification and again.verification.verify_id


def test_pages_that_poll_for_the_code_ask_octo_no_more_than_once_a_second(world: Wallet) -> None:
    world.keeper.script("binding_info", unknown(), unknown())
    card = world.save()
    for _ in range(20):
        world.clock.advance(seconds=0.1)
        world.saving.get(card.id, SCOPE, API)
    asked = world.keeper.calls.count("binding_info")
    world.clock.advance(seconds=1.1)
    found = world.saving.get(card.id, SCOPE, API).verification

    assert asked == 2  # with the card, and after 1.1 seconds
    assert found is not None and found.verify_id is not None


# ---- the storage is away when an answer comes, or the answer does not reach the shop


def test_a_card_whose_result_could_not_be_kept_is_not_known_and_is_no_error(
    world: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(proceed: Callable[[], Any]) -> Any:
        monkeypatch.setattr(world.database, "put", away)
        return proceed()

    world.keeper.script("bind", taken)
    card = world.save()
    monkeypatch.undo()
    world.hears(card)

    assert card.status is CardStatus.INIT
    assert world.now(card).is_usable


def test_a_refusal_that_could_not_be_kept_is_told_all_the_same(world: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: object) -> Any:
        monkeypatch.setattr(world.database, "put", away)
        return denied("-51")

    world.keeper.script("bind", refused)
    with pytest.raises(CardNotSaved):
        world.save()


def test_where_the_commit_of_the_intent_was_lost_the_card_leaves_if_it_is_there(
    world: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = world.database.put

    def done_and_lost(tables: Any) -> None:
        put(tables)
        monkeypatch.undo()
        raise StorageUnavailable

    monkeypatch.setattr(world.database, "put", done_and_lost)

    assert world.save().status is CardStatus.VERIFYING


def test_where_the_intent_was_not_committed_the_card_does_not_leave(
    world: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.database, "put", away)
    with pytest.raises(StorageUnavailable):
        world.save()

    assert world.keeper.calls == []


def away(_: object) -> None:
    raise StorageUnavailable


def test_the_same_request_made_again_is_the_same_card_for_a_week(world: Wallet) -> None:
    first = world.save(request_keys=("a key",))
    again = world.save(request_keys=("a key",))
    another = world.save(request_keys=("another key",))
    world.clock.advance(days=7)
    later = world.save(request_keys=("a key",))

    assert again == first
    assert len({first.id, another.id, later.id}) == 3
    assert world.keeper.calls.count("bind") == 3


def test_a_request_is_known_by_the_name_that_it_had_before_the_key_was_changed(world: Wallet) -> None:
    first = world.save(request_keys=("by the key of before",))
    again = world.save(request_keys=("by the key in use", "by the key of before"))
    other = world.save(request_keys=("by the key in use",))

    assert again == first
    assert other.id != first.id
    assert world.save().id != world.save().id


def test_the_same_request_finds_the_card_as_it_stands_now(world: Wallet) -> None:
    world.keeper.script("bind", lost)
    card = world.save(request_keys=("a key",))
    unknown_yet = world.save(request_keys=("a key",))
    world.hears(card)

    assert unknown_yet.status is CardStatus.INIT
    assert world.save(request_keys=("a key",)).is_usable
    assert world.keeper.calls.count("bind") == 1


def test_the_same_request_is_refused_again_without_asking_octo(world: Wallet) -> None:
    world.keeper.script("bind", denied("-51"))
    for _ in range(2):
        with pytest.raises(CardNotSaved):
            world.save(request_keys=("a key",))

    assert world.keeper.calls.count("bind") == 1


def test_the_same_request_sends_the_card_again_where_it_never_left(world: Wallet) -> None:
    world.keeper.script("bind", never_left())
    with pytest.raises(GatewayUnavailable):
        world.save(request_keys=("a key",))

    assert world.save(request_keys=("a key",)).status is CardStatus.VERIFYING
    assert world.keeper.calls.count("bind") == 2


def test_the_third_wrong_code_is_final(world: Wallet) -> None:
    card = world.save()
    left = []
    for _ in range(3):
        with pytest.raises(OtpRejected) as refused:
            world.prove(card, "000000")
        left.append((refused.value.facts["status"], refused.value.facts["tries_left"]))

    assert left == [("verifying", 2), ("verifying", 1), ("failed", 0)]
    assert world.news() == ["saved_card.failed"]


def test_a_lost_code_is_settled_by_the_token(world: Wallet) -> None:
    card = world.save()
    world.keeper.script("check_binding_code", lost)
    after = world.prove(card)
    world.hears(card)

    assert (after.status, after.code_accepted) == (CardStatus.VERIFYING, False)
    assert world.now(card).is_usable


def test_a_token_that_overtakes_the_answer_to_the_code_stands(world: Wallet) -> None:
    card = world.save()

    def overtaken(proceed: Callable[[], Any]) -> Any:
        world.hears(card)
        return denied("-270")

    world.keeper.script("check_binding_code", overtaken)

    assert world.prove(card).is_usable


def test_a_code_that_never_left_may_be_sent_again(world: Wallet) -> None:
    card = world.save()
    world.keeper.script("check_binding_code", never_left())
    with pytest.raises(GatewayUnavailable):
        world.prove(card)

    assert world.prove(card).code_accepted


def test_what_is_never_proved_ends(world: Wallet) -> None:
    card = world.save()
    world.clock.advance(minutes=30)

    assert world.revoking.tend() == 1
    assert (world.now(card).status, world.now(card).error_code) == (CardStatus.FAILED, "expired")
    assert world.revoking.tend() == 0


def test_a_card_that_cannot_be_tended_does_not_stop_the_others(world: Wallet) -> None:
    def broken(_: object) -> Any:
        raise LookupError("nobody has foreseen this")

    cards = [world.saved(UZCARD), world.saved(VISA)]
    world.keeper.script("block", unknown(), unknown())
    for card in cards:
        world.revoking.revoke(card.id, SCOPE, API)
    world.clock.advance(minutes=2)
    world.keeper.script("block", broken)
    with pytest.raises(ExceptionGroup):
        world.revoking.tend()

    assert [world.now(card).token_sealed is None for card in cards] == [False, True]


# ---- limits


def test_a_customer_saves_ten_cards_a_day(world: Wallet) -> None:
    for number in range(10):
        world.save(f"86004954733164{number:02}")
    with pytest.raises(TooManyCards):
        world.save("8600495473316499")

    assert world.keeper.calls.count("bind") == 10
    assert world.save(user_id="u-2").status is CardStatus.VERIFYING


def test_one_card_is_not_tried_out_by_saving_it_again_and_again(world: Wallet) -> None:
    for number in range(5):
        world.save(user_id=f"u-{number}")
    with pytest.raises(TooManyCards):
        world.save(user_id="u-9")

    assert len(world.database.saved_cards) == 5


def test_nobody_tries_out_stolen_cards_by_saving_them(world: Wallet) -> None:
    world.keeper.script("bind", *[denied("-14")] * 20)
    for number in range(20):
        with pytest.raises(CardNotSaved):
            world.save(f"86004954733164{number:02}", user_id=f"u-{number}")
    with pytest.raises(CardsPaused):
        world.save("8600495473316499", user_id="u-99")

    assert world.keeper.calls.count("bind") == 20


# ---- ownership


def test_a_card_is_its_owners_alone(world: Wallet) -> None:
    card = world.saved()
    for scope in (Scope("other"), Scope("shop", "somebody else")):
        with pytest.raises(SavedCardNotFound):
            world.saving.get(card.id, scope, API)
        with pytest.raises(SavedCardNotFound):
            world.revoking.revoke(card.id, scope, API)
        assert world.saving.of_customer("u-1", scope) == []

    assert [c.id for c in world.saving.of_customer("u-1", SCOPE)] == [card.id]
    assert world.saving.of_customer("u-2", SCOPE) == []


def test_what_is_over_is_not_listed(world: Wallet) -> None:
    revoked, kept = world.saved(), world.save()
    world.revoking.revoke(revoked.id, SCOPE, API)

    assert [c.id for c in world.saving.of_customer("u-1", SCOPE)] == [kept.id]


# ---- OCTO's callbacks


def test_a_callback_to_a_wrong_address_is_forged(world: Wallet) -> None:
    card = world.save()
    with pytest.raises(ForgedCallback):
        world.hears(card, secret="secret-of-another")

    assert world.now(card).token_sealed is None


def test_a_callback_about_another_card_is_malformed(world: Wallet) -> None:
    card, other = world.save(), world.save(VISA)
    world.token_reader.report = (other.id, TokenWord.ACTIVE, TOKEN)

    with pytest.raises(MalformedCallback):
        world.card_callbacks.receive(card.id, f"secret-of-{card.id}", b"{}", FROM_OCTO)


def test_an_active_one_without_a_token_is_malformed(world: Wallet) -> None:
    with pytest.raises(MalformedCallback):
        world.hears(world.save(), token=None)


def test_a_callback_that_comes_again_changes_nothing(world: Wallet) -> None:
    card = world.saved()
    again = world.hears(card)

    assert again == ACKNOWLEDGED
    assert world.now(card) == card
    assert world.news() == ["saved_card.active"]


def test_octo_may_call_it_failed_or_blocked(world: Wallet) -> None:
    failed, blocked = world.save(), world.saved()
    world.hears(failed, TokenWord.FAILED, None)
    world.hears(blocked, TokenWord.BLOCKED, None)

    assert world.now(failed).status is CardStatus.FAILED
    assert (world.now(blocked).status, world.now(blocked).token_sealed) == (CardStatus.BLOCKED, None)


def test_a_token_that_cannot_be_stored_is_not_acknowledged(world: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    card = world.save()

    def full(*_: object) -> None:
        raise StorageUnavailable("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(world.database, "put", full)
        with pytest.raises(StorageUnavailable):
            world.hears(card)

    assert world.hears(card) == ACKNOWLEDGED
    assert world.now(card).is_usable


def test_the_token_is_at_rest_only_sealed_and_bound_to_its_card(world: Wallet) -> None:
    card = world.saved()
    moved = replace(card, id=world.save().id)

    assert card.token_sealed is not None
    assert TOKEN not in card.token_sealed
    assert SEALED.of(card).text == TOKEN
    with pytest.raises(SavedCardNotUsable):
        SEALED.of(moved)


# ---- paying


def test_an_order_is_paid_with_a_saved_card_and_a_code(world: Wallet) -> None:
    card, order = world.saved(), world.order_of()
    sent = world.pay(order, card)
    world.callback(world.verify(order), Word.SUCCEEDED)

    assert sent.status is Status.VERIFICATION_REQUIRED
    assert world.gateway.tokens == [TOKEN]
    assert world.books(order).current.status is Status.SUCCESS


def test_octo_may_take_the_money_at_once(world: Wallet) -> None:
    card, order = world.saved(), world.order_of()

    def at_once(proceed: Callable[[], Any]) -> Any:
        proceed()
        world.gateway.payments[f"{order.id}-1"].word = Word.SUCCEEDED
        return answered(CardAccepted(None), "pay_by_token")

    world.gateway.script("pay_by_token", at_once)

    assert world.pay(order, card).status is Status.SUCCESS


def test_a_double_click_pays_once(world: Wallet) -> None:
    card, order = world.saved(), world.order_of()
    world.pay(order, card)
    world.pay(order, card)

    assert world.gateway.count("pay_by_token") == 1


def test_a_refused_token_leaves_the_payment_to_another_card(world: Wallet) -> None:
    card, order = world.saved(), world.order_of()
    world.gateway.script("pay_by_token", denied("1"))
    with pytest.raises(CardDeclined):
        world.pay(order, card)

    assert world.confirm(order).status is Status.VERIFICATION_REQUIRED


@pytest.mark.parametrize(
    ("customer", "owner"),
    [
        (None, OWNER),
        (Customer("u-2", "998901112233", "b@shop.example"), OWNER),
        (CUSTOMER, Owner("shop", "somebody else")),
    ],
    ids=["nobody's order", "another customer's", "another subject's"],
)
def test_a_card_pays_for_its_own_customer_alone(world: Wallet, customer: Customer | None, owner: Owner) -> None:
    card, order = world.saved(), world.order_of(customer, owner)
    with pytest.raises(SavedCardNotFound):
        world.pay(order, card)

    assert world.gateway.count("pay_by_token") == 0


def test_a_card_that_is_not_proved_pays_nothing(world: Wallet) -> None:
    card = world.save()
    with pytest.raises(SavedCardNotUsable) as refused:
        world.pay(world.order_of(), card)

    assert refused.value.facts == {"status": "verifying"}


def test_a_card_revoked_in_the_last_moment_pays_nothing(world: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    card, order = world.saved(), world.order_of()
    read = SealedTokens.of

    def revoked_meanwhile(tokens: SealedTokens, of: SavedCard) -> CardToken:
        with monkeypatch.context() as patched:
            patched.setattr(SealedTokens, "of", read)
            world.revoking.revoke(card.id, SCOPE, API)
        return read(tokens, of)

    monkeypatch.setattr(SealedTokens, "of", revoked_meanwhile)
    with pytest.raises(SavedCardNotUsable):
        world.pay(order, card)

    assert world.gateway.count("pay_by_token") == 0
    assert world.books(order).current.status is Status.PREPARED


def test_a_saved_bank_card_still_wants_its_cvc(world: Wallet) -> None:
    card, order = world.saved(VISA), world.order_of()
    with pytest.raises(CvcRequired):
        world.pay(order, card)

    assert world.pay(order, card, "123").verification_url


def test_a_token_that_nobody_can_read_any_more_is_told(world: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    card = world.saved()

    def another_key(*_: object) -> str:
        raise Unreadable

    monkeypatch.setattr(SEALED._sealer, "open", another_key)
    with pytest.raises(SavedCardNotUsable) as refused:
        world.pay(world.order_of(), card)

    assert refused.value.facts == {"status": "unreadable"}
    assert world.revoking.revoke(card.id, SCOPE, API).token_sealed is None


# ---- revoking


def test_a_revoked_card_is_blocked_at_octo_and_forgotten(world: Wallet) -> None:
    card = world.saved()
    revoked = world.revoking.revoke(card.id, SCOPE, API)

    assert (revoked.status, revoked.token_sealed) == (CardStatus.BLOCKED, None)
    assert world.keeper.blocked == [TOKEN]
    assert world.news() == ["saved_card.active", "saved_card.blocked"]
    with pytest.raises(SavedCardNotUsable):
        world.pay(world.order_of(), card)


@pytest.mark.parametrize(
    "trouble", [never_left(), unknown(), denied("2")], ids=["never left", "unknown", "credentials"]
)
def test_what_octo_did_not_block_is_blocked_later(world: Wallet, trouble: Any) -> None:
    card = world.saved()
    world.keeper.script("block", trouble)
    revoked = world.revoking.revoke(card.id, SCOPE, API)
    world.clock.advance(minutes=1)
    world.revoking.tend()

    assert revoked.is_to_be_blocked
    assert world.keeper.blocked == [TOKEN]
    assert world.now(card).token_sealed is None


def test_a_token_that_octo_does_not_know_is_forgotten(world: Wallet) -> None:
    card = world.saved()
    world.keeper.script("block", denied("11"))

    assert world.revoking.revoke(card.id, SCOPE, API).token_sealed is None


def test_after_a_crash_in_the_middle_of_revoking_it_is_blocked_all_the_same(world: Wallet) -> None:
    card = world.saved()

    def crash(_: Callable[[], Any]) -> Any:
        raise KeyboardInterrupt

    world.keeper.script("block", crash)
    with pytest.raises(KeyboardInterrupt):
        world.revoking.revoke(card.id, SCOPE, API)
    world.clock.advance(minutes=2)
    world.revoking.tend()

    assert world.keeper.blocked == [TOKEN]
    assert world.now(card).token_sealed is None


def test_revoking_again_changes_nothing(world: Wallet) -> None:
    card = world.saved()
    first = world.revoking.revoke(card.id, SCOPE, API)

    assert world.revoking.revoke(card.id, SCOPE, API) == first
    assert world.keeper.blocked == [TOKEN]


def test_a_token_that_comes_after_the_revocation_is_blocked_soon(world: Wallet) -> None:
    card = world.save()
    world.revoking.revoke(card.id, SCOPE, API)
    world.hears(card)

    assert Chore.TEND_CARDS in world.doorbell.rung
    assert world.revoking.tend() == 1
    assert world.keeper.blocked == [TOKEN]
    assert world.now(card).token_sealed is None


# ---- the audit trail


def test_everything_that_happened_is_in_the_audit_trail(world: Wallet) -> None:
    card = world.saved()
    world.revoking.revoke(card.id, SCOPE, API)
    told = [
        (event.cause.why, event.after["status"], event.after.get("has_token"))
        for event in world.database.card_events
        if "status" in event.after
    ]

    assert told == [
        ("api", "init", False),
        ("api", "verifying", None),
        ("callback", "active", True),
        ("api", "blocked", None),
    ]
    assert world.database.card_events[-1].after == {"has_token": False}
    assert TOKEN not in str(world.database.card_events) + str(world.database.merchant_events)


@pytest.mark.parametrize("moment", range(1, 9))
def test_a_crash_at_any_commit_leaves_a_card_that_comes_to_an_end(moment: int) -> None:
    """And no token that is not on its way to being blocked or usable."""
    world = Wallet()
    put, counted = world.database.put, 0

    def dying(tables: Any) -> None:
        nonlocal counted
        counted += 1
        if counted == moment:
            raise KeyboardInterrupt
        put(tables)

    world.database.put = dying  # type: ignore[method-assign]
    try:
        card = world.saved()
        world.revoking.revoke(card.id, SCOPE, API)
    except KeyboardInterrupt:
        pass
    world.clock.advance(minutes=40)
    world.revoking.tend()
    world.clock.advance(minutes=40)
    world.revoking.tend()

    for card in world.database.saved_cards:
        settled = card.is_usable or (not card.is_pending and card.token_sealed is None)
        assert settled, card
