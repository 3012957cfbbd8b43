"""The commands: `flask clients …` (who may use the API) and `flask worker` (the background work)."""

import getpass
from collections.abc import Callable, Sequence
from dataclasses import replace
from secrets import token_hex, token_urlsafe
from typing import Final

import click
import structlog
from flask.cli import AppGroup

from domain.ports import Client, Clients, Clock, SecretHasher

_SECRET_BYTES: Final = 32

log: Final = structlog.get_logger()


def clients_commands(clients: Clients, hasher: SecretHasher, clock: Clock, scopes: Sequence[str]) -> AppGroup:
    """`scopes` are what a new client gets."""
    group = AppGroup("clients", help="The programs that may use the API.")

    @group.command("create")
    @click.option("--name", required=True, help="For people, such as the shop's name.")
    def create(name: str) -> None:
        """Make a client and print its id and secret, the secret this once."""
        secret = token_urlsafe(_SECRET_BYTES)
        client = Client(
            id=f"client_{token_hex(8)}",
            name=name,
            secret_hash=hasher.hash(secret),
            scopes=tuple(scopes),
            created_at=clock.now(),
        )
        clients.add(client)
        _write_down("client_created", client.id)
        _print_credentials(client, secret)

    @group.command("list")
    def list_all() -> None:
        """Print all clients: id, state, name."""
        for client in clients.all():
            state = "disabled" if client.disabled_at else "active"
            click.echo(f"{client.id}  {state:8}  {client.name}")

    @group.command("disable")
    @click.argument("client_id")
    def disable(client_id: str) -> None:
        """Lock a client out. The tokens that it has stop working at once."""
        client = _existing(clients, client_id)
        clients.save(replace(client, disabled_at=client.disabled_at or clock.now()))
        _write_down("client_disabled", client_id)
        click.echo(f"{client_id} is disabled.")

    @group.command("rotate-secret")
    @click.argument("client_id")
    def rotate_secret(client_id: str) -> None:
        """Give a client a new secret; the old one stops working, the tokens that it has go on until they expire."""
        secret = token_urlsafe(_SECRET_BYTES)
        client = replace(_existing(clients, client_id), secret_hash=hasher.hash(secret))
        clients.save(client)
        _write_down("client_secret_rotated", client_id)
        _print_credentials(client, secret)

    return group


def worker_command(work: Callable[[int], None]) -> click.Command:
    """`work` takes the number of threads for each chore and returns when it is told to end."""

    @click.command("worker")
    @click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 8), help="For each kind of work.")
    def worker(threads: int) -> None:
        """Settle payments, apply callbacks and deliver events, until SIGTERM or Ctrl-C. Start as many as you like, anywhere."""
        work(threads)

    return worker


def _write_down(event: str, client_id: str) -> None:
    log.warning(event, client_id=client_id, actor=f"operator {getpass.getuser()}")


def _existing(clients: Clients, client_id: str) -> Client:
    client = clients.find(client_id)
    if client is None:
        raise click.ClickException(f"There is no client {client_id}; `flask clients list` shows all.")
    return client


def _print_credentials(client: Client, secret: str) -> None:
    click.echo(f"client_id:     {client.id}")
    click.echo(f"client_secret: {secret}")
    click.echo("The secret is stored as a hash only and cannot be shown again.", err=True)
