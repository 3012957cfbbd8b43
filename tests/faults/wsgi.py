"""The service for its production server, with the tests' clock: FAULTS_CLOCK is its file, FAULTS_SECONDS how wrong this one is."""

import os
from pathlib import Path

from tests.faults.assembly import assembled
from tests.faults.shifted_clock import ShiftedClock

_CLOCK = ShiftedClock(Path(os.environ["FAULTS_CLOCK"]), own_seconds=float(os.environ.get("FAULTS_SECONDS", "0")))
app = assembled(os.environ, _CLOCK).app
