"""The shop's credentials, which most calls carry in their body."""

from sandbox.envelope import Json, Refusal, integer
from sandbox.state import Sandbox

CREDENTIALS = ("octo_shop_id", "octo_secret")


def authorize(sandbox: Sandbox, body: Json) -> None:
    if integer(body, "octo_shop_id", or_digits=True) != sandbox.config.shop_id:
        raise Refusal(2, "no_shop_found")
    if body.get("octo_secret") != sandbox.config.secret:
        raise Refusal(2, "Wrong secret")
