"""All ports with their adapters, found by what they can do, and a proxy around each of their methods."""

import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import adapters
from domain import ports
from tests.faults.shifted_clock import ShiftedClock

Before = Callable[[str], None]


def protocols() -> dict[str, list[str]]:
    """Each port with its methods. One without any is nothing but its parts."""
    found = {}
    for name, port in inspect.getmembers(ports, inspect.isclass):
        if Protocol in port.__bases__:
            found[name] = [
                method for method, value in vars(port).items() if inspect.isfunction(value) and method[0] != "_"
            ]
    return found


def adapter_classes() -> Iterator[type]:
    yield ShiftedClock
    for module in pkgutil.walk_packages(adapters.__path__, "adapters."):
        if ".migrations" not in module.name:
            for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if found.__module__ == module.name:
                    yield found


def adapted() -> dict[str, list[type]]:
    """The adapters of each port: whoever has all of its methods."""
    classes = list(adapter_classes())
    return {
        port: [c for c in classes if all(callable(vars(c).get(method)) for method in methods)]
        for port, methods in protocols().items()
        if methods
    }


class Watched:
    """Calls `before` with the name of the port's method, each time that one is called."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.before: Before = lambda name: None

    def install(self) -> None:
        """For the rest of this process's life."""
        done: set[tuple[type, str]] = set()
        for port, classes in adapted().items():
            for owner in classes:
                for method in protocols()[port]:
                    if (owner, method) not in done:
                        done.add((owner, method))
                        self._around(owner, method, f"{port}.{method}")

    def _around(self, owner: type, method: str, name: str) -> None:
        original = vars(owner)[method]

        def around(*arguments: Any, **named: Any) -> Any:
            self.calls[name] += 1
            self.before(name)
            return original(*arguments, **named)

        setattr(owner, method, around)
