"""Everything that is told, and killed, in the sweep."""

from typing import Final

from tests.faults.stories_cards import CARDS
from tests.faults.stories_holds import HOLDS
from tests.faults.stories_payments import PAYMENTS
from tests.faults.stories_refunds import REFUNDS

STORIES: Final = (*PAYMENTS, *REFUNDS, *HOLDS, *CARDS)
