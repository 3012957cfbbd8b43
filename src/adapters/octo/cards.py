"""OCTO as the keeper of cards: a binding is begun, proved by a code, and its token blocked in the end."""

from datetime import datetime

from adapters.octo import answers, binding_wire
from adapters.octo.client import OctoGateway
from adapters.octo.outcome import judge
from domain.card import Card, CardToken, OneTimeCode
from domain.ports import Answered, BindingRequest, Bound, Denied, NeverLeft, Unknown
from domain.report import Verification
from domain.saved_card import SavedCard


class OctoCards(OctoGateway):
    """The domain's CardGateway, and its Gateway over the same connections and breaker."""

    def bind(
        self, saved: SavedCard, card: Card, request: BindingRequest
    ) -> Answered[Bound] | NeverLeft | Denied | Unknown:
        question = binding_wire.bind(self._account, saved, card, request)
        return judge(question, self._once(question, self._until()), lambda found: answers.bound(found, saved))

    def binding_info(self, saved: SavedCard, at: datetime) -> Answered[Verification] | NeverLeft | Denied | Unknown:
        get, post = (binding_wire.info(saved, post=post) for post in (False, True))
        return self._info(get, post, at)

    def check_binding_code(self, saved: SavedCard, code: OneTimeCode) -> Answered[None] | NeverLeft | Denied | Unknown:
        question = binding_wire.check_code(self._account, saved, code, self._settings.binding_code_path)
        return judge(question, self._once(question, self._soon()), answers.nothing)

    def block(self, token: CardToken) -> Answered[None] | NeverLeft | Denied | Unknown:
        question = binding_wire.block(self._account, token, self._settings.block_field)
        return judge(question, self._repeatable(question, self._until()), answers.nothing)
