"""Whoever types a command: their name, and a refusal in words for them."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unicodedata import category

import click

from domain.errors import GatewayUnavailable, Refusal
from domain.ports import StorageUnavailable
from entrypoints.logs import holds_card

REASON_MAX_LENGTH: Final = 500
_UPGRADE: Final = "Run: flask --app wsgi db upgrade"
_LOOK: Final = "Look: flask --app wsgi doctor"
_MEND: Final = {"tables missing": _UPGRADE, "migrations missing": _UPGRADE}


def operator() -> str:
    """For the audit trail."""
    return f"operator {getpass.getuser()}"


def one_line(longest: int) -> Callable[[click.Context, click.Parameter, str], str]:
    """What click checks an option by that people write freely: it is kept, and shown to the shop."""

    def checked(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
        text = value.strip()
        if not text:
            raise click.BadParameter("it is blank.")
        if len(text) > longest:
            raise click.BadParameter(f"it has more than {longest} characters.")
        if any(category(sign) in ("Cc", "Cs") for sign in text):
            raise click.BadParameter("it is more than one line of text.")
        if holds_card(text):
            raise click.BadParameter("it holds the number of a card.")
        return text

    return checked


def reason_option(told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--reason", required=True, callback=one_line(REASON_MAX_LENGTH), help=f"For the audit trail: {told}"
    )


def in_one_line(command: click.Command, not_ready: Callable[[], str | None]) -> click.Command:
    """The command, which over a database that cannot do its work ends with one line. `not_ready` says what is wrong with it."""
    invoke = command.invoke

    def invoked(context: click.Context) -> Any:
        try:
            return invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            # Whatever it looks like: where tables are missing, it comes from that.
            why = not_ready() or (str(error) if isinstance(error, StorageUnavailable) else None)
            if why is None:
                raise
        raise click.ClickException(f"{why[:1].upper()}{why[1:]}. {_MEND.get(why, _LOOK)}")

    command.invoke = invoked  # type: ignore[assignment, method-assign]
    return command


@contextmanager
def told_to_people() -> Iterator[None]:
    """A refusal ends the command with its code and its facts, and with exit code 1."""
    try:
        yield
    except GatewayUnavailable:
        raise click.ClickException(
            "OCTO did not answer: nothing is known that was not known before. The log says why, and so does"
            " flask --app wsgi doctor --octo"
        ) from None
    except Refusal as refusal:
        facts = ", ".join(f"{name}: {fact}" for name, fact in refusal.facts.items())
        raise click.ClickException(f"{refusal.code}{f' ({facts})' if facts else ''}") from None
