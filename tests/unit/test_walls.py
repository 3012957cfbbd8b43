"""What import-linter cannot say about the walls of the house; the contracts themselves stand in setup.cfg."""

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"


def imported_packages(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." if node.level else str(node.module).partition(".")[0]


@pytest.mark.parametrize("module", sorted(SRC.glob("domain/**/*.py")), ids=lambda path: str(path.relative_to(SRC)))
def test_the_domain_needs_the_standard_library_only(module: Path) -> None:
    strangers = set(imported_packages(module.read_text("utf-8"))) - sys.stdlib_module_names - {"domain"}

    assert strangers == set()


def test_a_stranger_is_seen_wherever_it_is_imported() -> None:
    source = "import os, flask.app\ndef late():\n    from sqlalchemy.orm import Mapped\n    from . import card"

    assert set(imported_packages(source)) == {"os", "flask", "sqlalchemy", "."}


@pytest.mark.parametrize("package", ["domain", "adapters", "entrypoints", "sandbox"])
def test_the_packages_are_ours(package: str) -> None:
    """The package index has others of these names; were one installed, Python would find it before ours."""
    spec = find_spec(package)

    assert spec is not None
    assert spec.origin == str(SRC / package / "__init__.py")
