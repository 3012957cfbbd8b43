"""The commands for who may come in besides the clients themselves: `flask issuers …` and `flask tokens …`."""

import getpass
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import click
import jwt
import structlog
from flask.cli import AppGroup

from domain.issuers import Algorithm, Issuer, Issuers, IssuerTaken, RevokedTokens
from domain.ports import Clients, Clock, Sealer
from entrypoints.http.caller import ALL_RIGHTS, USER_RIGHTS

# HS256 wants a key of at least its own 256 bits.
KEY_MIN_LENGTH: Final = 32

log: Final = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class IssuersDoor:
    """What the commands need from the inside."""

    issuers: Issuers
    clients: Clients
    sealer: Sealer
    clock: Clock


def issuers_commands(  # noqa: C901  three commands in one
    door: IssuersDoor, is_fit: Callable[[str], bool], own: str
) -> AppGroup:
    """`own` is the name that our own tokens carry, `is_fit` says whether keys may come from an address."""
    group = AppGroup("issuers", help="Whose tokens the users of a client may show, besides ours.")

    @group.command("add")
    @click.argument("client_id")
    @click.option("--name", required=True, help="What the tokens say as `iss`.")
    @click.option("--audience", required=True, help="What they say as `aud`; only tokens meant for this service count.")
    @click.option("--algorithm", type=click.Choice([a.value for a in Algorithm]), required=True)
    @click.option("--jwks-url", help="Where its public keys are, https://…; without one a shared key is asked for.")
    @click.option("--scope", "granted", multiple=True, type=click.Choice(ALL_RIGHTS), default=USER_RIGHTS)
    def add(client_id: str, name: str, audience: str, algorithm: str, jwks_url: str | None, granted: list[str]) -> None:
        """Let the users of a client in with tokens of another issuer. An order of theirs belongs to the token's `sub`."""
        if door.clients.find(client_id) is None:
            raise click.ClickException(f"There is no client {client_id}; `flask clients list` shows all.")
        if (problem := _problem(name, own, algorithm, jwks_url, is_fit)) is not None:
            raise click.ClickException(problem)
        issuer = Issuer(
            name=name,
            client_id=client_id,
            audience=audience,
            algorithm=Algorithm(algorithm),
            scopes=tuple(granted),
            created_at=door.clock.now(),
            jwks_url=jwks_url,
            sealed_key=None if jwks_url else door.sealer.seal(_shared_key()),
        )
        try:
            door.issuers.add(issuer)
        except IssuerTaken:
            raise click.ClickException("The client has an issuer already, or another client has this one.") from None
        log.warning("issuer_added", issuer=name, client_id=client_id, actor=f"operator {getpass.getuser()}")
        click.echo(f"Tokens of {name} let users of {client_id} do: {' '.join(granted)}")

    @group.command("list")
    def list_all() -> None:
        """Print all issuers: name, client, algorithm, where the keys are."""
        for issuer in door.issuers.all():
            click.echo(f"{issuer.name}  {issuer.client_id}  {issuer.algorithm}  {issuer.jwks_url or 'shared key'}")

    @group.command("remove")
    @click.argument("client_id")
    def remove(client_id: str) -> None:
        """Let nobody in any more by the issuer of this client."""
        if not door.issuers.remove(client_id):
            raise click.ClickException(f"{client_id} has no issuer.")
        log.warning("issuer_removed", client_id=client_id, actor=f"operator {getpass.getuser()}")
        click.echo(f"{client_id} has no issuer any more.")

    return group


def _problem(name: str, own: str, algorithm: str, jwks_url: str | None, is_fit: Callable[[str], bool]) -> str | None:
    if name == own:
        return "That is the name of this service's own tokens."
    if (algorithm == Algorithm.HS256) != (jwks_url is None):
        return "HS256 goes with a shared key, every other algorithm with --jwks-url."
    if jwks_url is not None and not is_fit(jwks_url):
        return "Keys are fetched over https:// only."
    return None


def _shared_key() -> str:
    """From the terminal, or from standard input; never from the command line, where others see it."""
    key: str = click.prompt("The shared key", hide_input=True)
    if len(key) < KEY_MIN_LENGTH:
        raise click.ClickException(f"A shared key has at least {KEY_MIN_LENGTH} characters.")
    return key


def tokens_commands(revoked: RevokedTokens, clock: Clock, own: str) -> AppGroup:
    group = AppGroup("tokens", help="Tokens that shall count no more.")

    @group.command("revoke")
    @click.argument("token_id", required=False)
    @click.option("--issuer", default=own, help="Of an outside issuer's token; without it, one of ours.")
    def revoke(token_id: str | None, issuer: str) -> None:
        """Revoke a token by its id (`token_id` in the logs), or, without one, a whole token from standard input."""
        if token_id is None:
            token_id, issuer = _read_off(sys.stdin.read(10_000).strip(), issuer)
        revoked.revoke(issuer, token_id, clock.now())
        log.warning("token_revoked", token_id=token_id, issuer=issuer, actor=f"operator {getpass.getuser()}")
        click.echo(f"{token_id} of {issuer} counts no more.")

    return group


def _read_off(token: str, issuer: str) -> tuple[str, str]:
    """Unchecked: whoever revokes a token that was never any good does no harm."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise click.ClickException("That is no token.") from None
    token_id = claims.get("jti")
    if not isinstance(token_id, str):
        raise click.ClickException("That token has no id.")
    return token_id, str(claims.get("iss", issuer))
