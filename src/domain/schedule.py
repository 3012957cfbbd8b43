"""When OCTO is asked about a payment, and how long silence is borne."""

from datetime import datetime, timedelta
from typing import Final

# An unresolved payment is asked about this often, the last step repeating.
BACK_OFF: Final = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 30, 60))
# OCTO allows one read per second and payment; the margin is for its clock.
MIN_BETWEEN_READS: Final = timedelta(seconds=1.1)
# What one machine writes down another one reads, and no two clocks are relied upon to agree any closer.
CLOCKS_AGREE_WITHIN: Final = timedelta(minutes=5)
# Past `expires_at`, so that no clock makes us close too early.
CLOSE_MARGIN: Final = CLOCKS_AGREE_WITHIN
BETWEEN_CLOSING_READS: Final = timedelta(seconds=60)
# A code or a capture whose answer was lost has taken effect or is gone after two reads that lie so far apart.
BETWEEN_LOST_CALL_READS: Final = timedelta(seconds=15)
GIVE_UP_AFTER: Final = timedelta(hours=24)
# OCTO's texts say 30 minutes here and up to 30 days there (7 for Visa and Mastercard). Whatever it means, an older hold needs a person.
LONGEST_HOLD: Final = timedelta(days=30)
# G16: an attempt that is still open so long past its end, or that nobody asked about for so long, is one for a person.
OVERDUE_AFTER: Final = timedelta(minutes=60)
# What OCTO called canceled is looked at once more, and so is a payment of which a person gave a refund up.
SECOND_LOOK: Final = timedelta(days=1)
# A closed payment of which OCTO never said canceled or succeeded: hourly for about a day, then daily.
WATCH_HOURLY_CHECKS: Final = 30


def back_off(at: datetime, checks: int) -> datetime:
    return at + BACK_OFF[min(checks, len(BACK_OFF) - 1)]


def watch(at: datetime, checks: int) -> datetime:
    return back_off(at, checks) if checks < WATCH_HOURLY_CHECKS else at + SECOND_LOOK


def quiet_until(expires_at: datetime, at: datetime, checks: int) -> datetime:
    """For a payment that waits for its payer: nothing is asked before it has run out."""
    return max(expires_at + CLOSE_MARGIN, back_off(at, checks))
