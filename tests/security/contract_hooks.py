"""Loaded by schemathesis: some of its requests are about things that exist, and what was answered is written down.

What exists is in the file that CONTRACT_THINGS names: ids by the operation that they are good for. A request that was made
to be wrong stays as it is.
"""

import json
import os
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import requests
import schemathesis
from schemathesis import Case, GenerationMode, HookContext, Response

_THINGS: Final[dict[str, list[dict[str, Any]]]] = json.loads(Path(os.environ["CONTRACT_THINGS"]).read_text())
_TOKENS: Final[dict[str, str]] = json.loads(os.environ["CONTRACT_TOKENS"])
_REACHED: Final = Path(os.environ["CONTRACT_REACHED"])
_OF_A_PAYMENT: Final = re.compile(r"/api/orders/{order_id}/(payment|refunds)/")
_chance: Final = random.Random(os.environ["CONTRACT_SEED"])
_named: Final[Counter[str]] = Counter()


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if case.meta.phase.name == "stateful":
        _begin(case)
    else:
        _name_a_thing(case)


def _name_a_thing(case: Case[Any]) -> None:
    things = _THINGS.get(case.operation.label, [])
    if not things or (_named[case.operation.label] > 4 and _chance.random() < 0.4):
        return
    thing = things[_named[case.operation.label] % len(things)]
    _named[case.operation.label] += 1
    case.path_parameters = {**(case.path_parameters or {}), **thing.get("path", {})}
    if "body" in thing:
        case.body = thing["body"]
    if case.operation.path == "/api/auth/token/":
        # Who asks for a token has none.
        case.headers.pop("Authorization", None)


def _begin(case: Case[Any]) -> None:
    """An order that is there has no payment before one is begun (404 payment_not_started), which this run would take for a loss."""
    if _OF_A_PAYMENT.match(case.operation.path) and case.auth_identity in _TOKENS:
        order_id = (case.path_parameters or {}).get("order_id")
        url = f"{case.operation.schema.get_base_url().rstrip('/')}/api/orders/{order_id}/payment/initiate/"
        headers = {"Authorization": f"Bearer {_TOKENS[case.auth_identity]}"}
        requests.post(url, json={}, headers=headers, timeout=30)


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    with _REACHED.open("a") as reached:
        reached.write(f"{response.status_code} {response.request.method} {case.operation.path}\n")
