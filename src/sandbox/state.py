"""The whole memory of one sandbox, behind one lock."""

import itertools
import random
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.callbacks import Callbacks
from sandbox.calls import Calls
from sandbox.clock import Clock
from sandbox.config import Config
from sandbox.faults import Faults
from sandbox.ledger import Ledger
from sandbox.payments import Binding, Payments, Refund, Token
from sandbox.switches import Switches


@dataclass
class Counters:
    """Never set back, so that an id from before a reset cannot mean something else after it."""

    payment_id: Iterator[int] = field(default_factory=lambda: itertools.count(7731))
    verify_id: Iterator[int] = field(default_factory=lambda: itertools.count(912))
    rrn: Iterator[int] = field(default_factory=lambda: itertools.count(17))


class Sandbox:
    """Whoever reads or changes what is in here holds `lock`; nobody holds it while waiting for a peer."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.random = random.Random(config.seed)
        self.counters = Counters()
        self.clock = Clock(config.now)
        self.switches = Switches()
        self.ledger = Ledger()
        self.payments = Payments()
        self.bindings: dict[str, Binding] = {}
        self.tokens: dict[str, Token] = {}
        self.refunds: dict[str, Refund] = {}
        self.calls = Calls(self.clock)
        self.faults = Faults()
        self.callbacks = Callbacks(self.switches, self.faults, self.clock, config.sleep)

    def new_uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def new_code(self) -> str:
        if self.switches["otp"] == "fixed":
            return "111111"
        return f"{self.random.randrange(10**6):06d}"

    def reset(self) -> None:
        with self.lock:
            for part in (self.clock, self.switches, self.callbacks):
                part.reset()
            for kept in (self.ledger, self.payments, self.bindings, self.tokens, self.refunds, self.calls, self.faults):
                kept.clear()
