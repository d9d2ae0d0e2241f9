"""No file breaks the intake: nothing crashes, swells, hangs, runs or calls out."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

RELEASE = os.environ.get("PROOF") == "release"
COUNT = 1000 if RELEASE else 260  # the ones made by hand come first


@pytest.fixture(scope="module")
def outcome() -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.receipts.run", str(COUNT)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=280 + COUNT)
    found: dict[str, Any] = json.loads(done.stdout)
    print(found)
    return found


pytestmark = [pytest.mark.hostile, pytest.mark.timeout(320 + COUNT)]


def test_every_hostile_file_ends_as_it_should(outcome: dict[str, Any]) -> None:
    assert outcome["faults"] == []
    assert outcome["files"] >= COUNT


def test_no_child_grows_beyond_its_limits(outcome: dict[str, Any]) -> None:
    assert outcome["peak_mib"] <= 256
    assert outcome["slowest_cpu_s"] < 3.2  # ended at 3 s; what ends it looks every few ms


def test_nothing_is_executed_or_fetched(outcome: dict[str, Any]) -> None:
    assert not outcome["executed"]
    assert outcome["fetched"] == 0
