"""Whoever types a command: their name, and a refusal in words for them."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

import click

from domain.errors import Refusal


def operator() -> str:
    """For the audit trail."""
    return f"operator {getpass.getuser()}"


@contextmanager
def told_to_people() -> Iterator[None]:
    """A refusal ends the command with its code and its facts, and with exit code 1."""
    try:
        yield
    except Refusal as refusal:
        facts = ", ".join(f"{name}: {fact}" for name, fact in refusal.facts.items())
        raise click.ClickException(f"{refusal.code}{f' ({facts})' if facts else ''}") from None
