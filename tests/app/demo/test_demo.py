"""The demo shows what it says, and says so when it does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contract_gate.app.demo.proof import blocked_points, mended_points
from contract_gate.app.demo.stage import SAMPLES, Stage, bare_environment

FORGOTTEN = (SAMPLES / "shop/models/marts/payment_mix.sql").read_text()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One run, with keys, proxies and an event of another place around it, and the repository that it left."""
    kept = tmp_path_factory.mktemp("demo") / "shop"
    elsewhere = {
        "SECODA_API_KEY": "not-for-the-demo",
        "SECODA_API_URL": "https://elsewhere.example.com",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "contract_gate", "demo", "--keep", str(kept)],
        env={**bare_environment(os.environ, {}), **elsewhere},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return ran, kept


def test_it_shows_what_it_should(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """The broken model with its line, the dashboard with its owner, the peace of the harmless one, the mended pass."""
    ran, _ = demo
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert ran.stdout.count("✓") == 6
    assert "models/marts/payment_mix.sql:4" in ran.stdout
    assert "dashboard Weekly revenue" in ran.stdout
    assert "owned by dana@example.com" in ran.stdout
    assert "blocked: 1 model stops building; 2 dashboards change, 1 chart changes" in ran.stdout


def test_the_order_of_what_is_printed(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """The gate's own output stands between the story and the check of it, though another process wrote it."""
    out = demo[0].stdout
    places = [
        out.index(text) for text in ("A small shop", "$ contract-gate check", "error   ", "What it showed")
    ]
    assert places == sorted(places)


def test_the_repository_that_is_kept(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """It has the base and the pull request as branches, and the same commits on every machine."""
    log = subprocess.run(
        ["git", "log", "--format=%s", "main"], cwd=demo[1], capture_output=True, encoding="utf-8", check=True
    )
    assert log.stdout.split("\n")[0] == "A small shop"


def test_a_directory_that_exists(tmp_path: Path) -> None:
    """It is not written into: exit 2."""
    ran = subprocess.run(
        [sys.executable, "-m", "contract_gate", "demo", "--keep", str(tmp_path)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (ran.returncode, "File exists" in ran.stderr, ran.stdout) == (2, True, "")


def test_a_report_that_shows_less() -> None:
    """Nothing counts as shown that the report does not have."""
    assert not any(point.holds for point in blocked_points({}, 1, FORGOTTEN))
    quiet = {"verdict": "passed", "coverage": {"models_analysed": 0}, "impacts": [], "findings": []}
    assert not any(point.holds for point in blocked_points(quiet, 0, FORGOTTEN))
    assert not any(point.holds for point in mended_points({}, 0))


def test_a_report_that_tells_of_the_harmless_model() -> None:
    """Then it was not left in peace."""
    loud = {"coverage": {"models_analysed": 3}, "changes": [{"relation": "shop.marts.order_items"}]}
    assert not blocked_points(loud, 1, FORGOTTEN)[3].holds
    assert blocked_points(loud | {"changes": []}, 1, FORGOTTEN)[3].holds


def test_a_run_in_the_stage_sees_nothing_of_this_machine(tmp_path: Path) -> None:
    """A key in the environment does not reach it: without the demo's own it asks no catalog."""
    stage = Stage(tmp_path, {**os.environ, "SECODA_API_KEY": "outer"})
    stage.commit("shop", "base")
    stage.commit("pull_request", "pull request", branch="change")
    ran = stage.run(("check", "--base", "main", "--format", "json"), {})
    assert ran.code == 1
    assert json.loads(ran.output)["catalog"]["status"] == "not-asked"
