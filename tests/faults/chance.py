"""The seed of what is left to chance, printed at the head of each run; SEED=… repeats one, FULL=1 leaves little to chance."""

import os
import random
from typing import Final

SEED: Final = int(os.environ.get("SEED") or random.randrange(1_000_000))
FULL: Final = bool(os.environ.get("FULL"))
SCOPE: Final = "full" if FULL else "slice"
