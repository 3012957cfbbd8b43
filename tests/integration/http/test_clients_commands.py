"""`flask clients …`: a client is made, used, given a new secret, and locked out."""

import re

import pytest
from argon2 import extract_parameters
from click.testing import CliRunner, Result
from flask.cli import AppGroup

from adapters.hashing import Argon2Hasher
from entrypoints.cli import clients_commands
from entrypoints.http.caller import ALL_RIGHTS
from tests.fakes.memory_doors import MemoryClients
from tests.fakes.world import FakeClock


@pytest.fixture
def clients() -> MemoryClients:
    return MemoryClients()


@pytest.fixture
def commands(clients: MemoryClients) -> AppGroup:
    return clients_commands(clients, Argon2Hasher(), FakeClock(), ALL_RIGHTS)


def run(commands: AppGroup, *words: str) -> Result:
    """Without an application: the commands need none."""
    for command in commands.commands.values():
        command.callback = getattr(command.callback, "__wrapped__", command.callback)
    return CliRunner().invoke(commands, words)


def credentials(output: str) -> tuple[str, str]:
    client_id = re.search(r"^client_id: +(client_[0-9a-f]{16})$", output, re.MULTILINE)
    secret = re.search(r"^client_secret: +([0-9A-Za-z_-]{43})$", output, re.MULTILINE)
    assert client_id and secret
    return client_id[1], secret[1]


def test_to_have_a_secret_checked_on_all_threads_at_once_takes_no_gigabytes() -> None:
    cost = extract_parameters(Argon2Hasher().hash("a secret"))

    assert cost.memory_cost * 32 <= 1024 * 1024  # KiB
    assert cost.parallelism == 1


def test_a_new_client_is_shown_its_secret_once_and_only_a_hash_is_kept(
    clients: MemoryClients, commands: AppGroup
) -> None:
    client_id, secret = credentials(run(commands, "create", "--name", "Tea shop").output)
    kept = clients.find(client_id)
    listed = run(commands, "list").output

    assert kept is not None and kept.name == "Tea shop"
    assert kept.scopes == ALL_RIGHTS
    assert Argon2Hasher().matches(secret, kept.secret_hash)
    assert secret not in kept.secret_hash + listed
    assert listed == f"{client_id}  active    Tea shop\n"


def test_after_a_rotation_only_the_new_secret_works(clients: MemoryClients, commands: AppGroup) -> None:
    client_id, old = credentials(run(commands, "create", "--name", "shop").output)
    same_id, new = credentials(run(commands, "rotate-secret", client_id).output)
    kept = clients.find(client_id)

    assert same_id == client_id
    assert kept is not None
    assert Argon2Hasher().matches(new, kept.secret_hash)
    assert not Argon2Hasher().matches(old, kept.secret_hash)


def test_a_client_is_disabled_once_and_stays_so(clients: MemoryClients, commands: AppGroup) -> None:
    client_id, _ = credentials(run(commands, "create", "--name", "shop").output)
    first, second = run(commands, "disable", client_id), run(commands, "disable", client_id)
    kept = clients.find(client_id)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert kept is not None and kept.disabled_at is not None
    assert "disabled" in run(commands, "list").output


@pytest.mark.parametrize("command", ["disable", "rotate-secret"])
def test_an_unknown_client_is_an_error_that_says_where_to_look(commands: AppGroup, command: str) -> None:
    result = run(commands, command, "client_0")

    assert result.exit_code == 1
    assert "flask clients list" in result.output
