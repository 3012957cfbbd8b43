"""A batch of work of which each piece stands for itself: what is wrong with one must not stop the others."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from domain.ports import StorageUnavailable

T = TypeVar("T")


def one_by_one(batch: Iterable[T], do: Callable[[T], object]) -> None:
    """Raises what went wrong after all have had their turn, but StorageUnavailable at once: then it is no different for the rest."""
    troubles: list[Exception] = []
    for piece in batch:
        try:
            do(piece)
        except StorageUnavailable:
            raise
        except Exception as trouble:  # noqa: BLE001  told below
            troubles.append(trouble)
    if troubles:
        raise ExceptionGroup("some of the batch", troubles)
