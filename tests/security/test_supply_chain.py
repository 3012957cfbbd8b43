"""What the service is made of is pinned and told, no secret is in the repository, and each exception to the security lint says why."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tools import sbom, secrets_scan

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_by_hash_and_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    requirements = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())

    assert len(requirements) > 40
    for requirement in requirements:
        assert re.match(r"[a-zA-Z0-9._-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert not re.search(r"https?://|--index-url|--find-links|--trusted-host", text)


def test_the_bill_of_materials_lists_exactly_what_is_pinned(tmp_path: Path) -> None:
    path = tmp_path / "sbom.json"
    told = list(sbom.main([str(path)]))
    document = json.loads(path.read_text())
    pinned = set(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / LOCKS[0]).read_text(), re.MULTILINE))

    assert {(c["name"], c["version"]) for c in document["components"]} == pinned
    assert all(c["hashes"] for c in document["components"])
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert told == [f"{len(pinned)} libraries in {path}\n"]


def test_every_library_has_a_licence_and_each_dependency_leads_somewhere() -> None:
    document = sbom.document()
    known = {component["bom-ref"] for component in document["components"]}
    needed = {ref for entry in document["dependencies"] for ref in entry["dependsOn"]}

    assert [c["name"] for c in document["components"] if "licenses" not in c] == []
    assert needed <= known
    assert len(next(e for e in document["dependencies"] if e["ref"] == sbom.OURS)["dependsOn"]) >= 20


def test_no_secret_is_in_the_repository() -> None:
    assert list(secrets_scan.in_files(secrets_scan.kept_by_git())) == []


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ("-----BEGIN " + "EC PRIVATE KEY-----", "a private key"),
        ('key = "' + "AKIA" + 'IOSFODNN7QWERTYU"', "a cloud's key"),
        ("token: gh" + "p_" + "a1B2" * 9, "a cloud's key"),
        ("Bearer eyJ" + "a1B2" * 6 + ".eyJ" + "c3D4" * 6 + "." + "e5F6" * 8, "a token"),
        ("whsec" + "_" + "Ab1/" * 8, "a webhook's secret"),
        ("DATABASE_URL=postgresql" + "://payments:hunter2@db.local/payments", "a password in an address"),
        ("OCTO_SECRET" + "=7d8f2a61-real", "a setting"),
    ],
)
def test_a_planted_secret_is_found_and_one_that_is_meant_is_not(planted: str, what: str) -> None:
    assert [found.what for found in secrets_scan.in_text("file", f"first line\n{planted}\n")] == [what]
    assert list(secrets_scan.in_text("file", f"{planted}  # not a secret: made up\n")) == []


@pytest.mark.parametrize("file", [".env", "deploy/.env.production", "server.pem", "var/books.sqlite3"])
def test_a_file_that_is_nobody_elses_business_is_found_by_its_name(file: str) -> None:
    assert [found.file for found in secrets_scan.in_files([file, ".env.example"])] == [file]


def test_each_exception_to_the_lint_of_the_programs_says_why() -> None:
    """A word beside each `noqa`, a comment beside or above each line that takes a rule off."""
    lines = [
        (f"{path.relative_to(ROOT)}:{number}", above, line)
        for folder in ("src", "tools")
        for path in (ROOT / folder).rglob("*.py")
        for number, (above, line) in enumerate(pairwise(["", *path.read_text("utf-8").splitlines()]), 1)
    ]
    bare = re.compile(r"# noqa(: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)*)?\s*$")
    settings = (ROOT / "ruff.toml").read_text("utf-8").partition("per-file-ignores]")[2].partition("\n[")[0]

    assert [where for where, above, line in lines if bare.search(line) and not above.strip().startswith("#")] == []
    assert [line for line in settings.splitlines() if re.search(r'"S\d*"', line) and "#" not in line] == []
