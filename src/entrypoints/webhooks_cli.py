"""`flask webhooks …`: where the shops' programs are told what happened."""

import click
from flask.cli import AppGroup

from domain.merchant import URL_MAX_LENGTH, Endpoint, EventType
from domain.ports import Clients
from domain.use_cases.merchant_events import MerchantEvents, NewSecret
from entrypoints.people import one_line, told_to_people

_CLIENT = click.option("--client", "client_id", required=True, help="The id of the client that it belongs to.")
_EVENT = click.Choice([event.value for event in EventType])


def webhooks_commands(events: MerchantEvents, clients: Clients) -> AppGroup:
    group = AppGroup("webhooks", help="The endpoints that are told of orders and payments.")
    _add_endpoints(group, events, clients)
    _add_changes(group, events)
    return group


def _add_endpoints(group: AppGroup, events: MerchantEvents, clients: Clients) -> None:
    @group.command("add")
    @_CLIENT
    @click.option("--url", required=True, callback=one_line(URL_MAX_LENGTH), help="Where to send: https, and public.")
    @click.option("--event", "types", multiple=True, type=_EVENT, help="Only of these; may be given again.")
    def add(client_id: str, url: str, types: tuple[str, ...]) -> None:
        """Add an endpoint and print its id and secret, the secret this once."""
        if clients.find(client_id) is None:
            raise click.ClickException(f"There is no client {client_id}; `flask clients list` shows all.")
        with told_to_people():
            _print_secret(events.register(client_id, url, [EventType(word) for word in types]))

    @group.command("list")
    @click.option("--client", "client_id", help="Of this client only.")
    def list_all(client_id: str | None) -> None:
        """Print all endpoints: id, client, state, address."""
        for owner in [client_id] if client_id else [client.id for client in clients.all()]:
            for endpoint in events.endpoints(owner):
                click.echo(f"{endpoint.id}  {endpoint.client_id}  {_state(endpoint)}  {endpoint.url}")


def _add_changes(group: AppGroup, events: MerchantEvents) -> None:
    @group.command("enable")
    @_CLIENT
    @click.argument("endpoint_id")
    def enable(client_id: str, endpoint_id: str) -> None:
        """Switch an endpoint on again; what has waited for it is delivered."""
        with told_to_people():
            events.enable(endpoint_id, client_id)
        click.echo(f"{endpoint_id} is on.")

    @group.command("disable")
    @_CLIENT
    @click.argument("endpoint_id")
    def disable(client_id: str, endpoint_id: str) -> None:
        """Switch an endpoint off; what happens meanwhile waits for it."""
        with told_to_people():
            events.disable(endpoint_id, client_id)
        click.echo(f"{endpoint_id} is off.")

    @group.command("rotate-secret")
    @_CLIENT
    @click.argument("endpoint_id")
    def rotate_secret(client_id: str, endpoint_id: str) -> None:
        """Give an endpoint a new secret; the old one goes on signing beside it for 24 hours."""
        with told_to_people():
            _print_secret(events.rotate_secret(endpoint_id, client_id))

    @group.command("redeliver")
    @_CLIENT
    @click.argument("delivery_id")
    def redeliver(client_id: str, delivery_id: str) -> None:
        """Deliver an event once more."""
        with told_to_people():
            delivery = events.redeliver(delivery_id, client_id)
        click.echo(f"{delivery.event_id} goes to {delivery.endpoint_id} once more.")


def _state(endpoint: Endpoint) -> str:
    if endpoint.disabled_at:
        return f"off ({endpoint.disabled_reason}) since {endpoint.disabled_at:%Y-%m-%d %H:%M}"
    return f"failing since {endpoint.failing_since:%Y-%m-%d %H:%M}" if endpoint.failing_since else "on"


def _print_secret(new: NewSecret) -> None:
    click.echo(f"endpoint_id: {new.endpoint.id}")
    click.echo(f"secret:      {new.secret}")
    click.echo("The secret is kept encrypted and cannot be shown again.", err=True)
