"""Writes what the service is made of as a CycloneDX document: each library with version, licence and the hashes that it is pinned by.

`python -m tools.sbom [file]`; without a file it goes to standard output.
"""

import json
import re
import sys
import uuid
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "requirements.lock"
OURS: Final = "octo-payments"
_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)((?:.*\\\n)*.*)", re.MULTILINE)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NEEDED: Final = re.compile(r"^([A-Za-z0-9._-]+)(?!.*extra ==)")


def document() -> dict[str, Any]:
    pinned = {
        _name(name): (version, _HASH.findall(rest)) for name, version, rest in _PINNED.findall(LOCK.read_text("utf-8"))
    }
    components = [_component(name, version, hashes) for name, (version, hashes) in sorted(pinned.items())]
    known = {component["name"]: component["bom-ref"] for component in components}
    project = distribution(OURS)
    root = {"type": "application", "bom-ref": OURS, "name": OURS, "version": project.version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same for the same lock file.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, LOCK.read_text('utf-8'))}",
        "version": 1,
        "metadata": {"component": root},
        "components": components,
        "dependencies": [
            {"ref": OURS, "dependsOn": _needed(project, known)},
            *({"ref": ref, "dependsOn": _needed(_installed(name), known)} for name, ref in known.items()),
        ],
    }


def _component(name: str, version: str, hashes: list[str]) -> dict[str, Any]:
    reference = f"pkg:pypi/{name}@{version}"
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": reference,
        "name": name,
        "version": version,
        "purl": reference,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in hashes],
    }
    licence = _licence(_installed(name))
    return found | ({"licenses": [{"license": {"name": licence}}]} if licence else {})


def _licence(installed: Distribution | None) -> str | None:
    if installed is None:
        return None
    told = installed.metadata.json
    classified = [c.rpartition(" :: ")[2] for c in told.get("classifier", []) if c.startswith("License ::")]
    named = str(told.get("license_expression") or told.get("license") or "")
    if named and "\n" not in named:
        return named
    return " AND ".join(classified) or _by_its_text(installed)


def _by_its_text(installed: Distribution) -> str | None:
    """Where the metadata names only a file."""
    texts = (file.read_text("utf-8") for file in installed.files or () if file.name.startswith("LICEN"))
    return "MIT" if any("Permission is hereby granted, free of charge" in text for text in texts) else None


def _needed(installed: Distribution | None, known: dict[str, str]) -> list[str]:
    requires = (installed.requires or []) if installed else []
    names = (found[1] for text in requires if (found := _NEEDED.match(text)))
    return sorted({known[_name(name)] for name in names if _name(name) in known})


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None  # for another Python or another system


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(arguments: list[str]) -> Iterator[str]:
    text = json.dumps(document(), indent=2) + "\n"
    if not arguments:
        yield text
        return
    path = Path(arguments[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    yield f"{len(document()['components'])} libraries in {path}\n"


if __name__ == "__main__":
    sys.stdout.writelines(main(sys.argv[1:]))
