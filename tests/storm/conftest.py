"""The seed of the slice, which is another one in every run."""

from tests.faults.chance import SEED


def pytest_report_header() -> str:
    return f"storm: SEED={SEED}"
