"""A batch of work of which each piece stands for itself: what is wrong with one must not stop the others."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from domain.ports import Clock, StorageUnavailable

# A batch is begun within half of its lease, so that two processes are hardly ever at the same piece. Where OCTO is so slow that they are,
# nothing happens twice: each intent is committed before it leaves, and a refund keeps its id.
LEASE: Final = timedelta(minutes=2)
BATCH: Final = 20

T = TypeVar("T")


def one_by_one(batch: Iterable[T], do: Callable[[T], object], clock: Clock, claimed_at: datetime) -> None:
    """Begins no piece after half of the lease: what is left then is claimed anew when it is over.

    Raises what went wrong after all have had their turn, but StorageUnavailable at once: then it is no different for the rest.
    """
    troubles: list[Exception] = []
    for piece in batch:
        if clock.now() - claimed_at > LEASE / 2:
            break
        try:
            do(piece)
        except StorageUnavailable:
            raise
        except Exception as trouble:  # noqa: BLE001  told below
            troubles.append(trouble)
    if troubles:
        raise ExceptionGroup("some of the batch", troubles)
