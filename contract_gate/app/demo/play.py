"""Tells the demo to a person: the pull request, the gate's own output, what it showed, what to do next."""

import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from contract_gate.app.demo.proof import FORGOTTEN, DemoPoint, Json, blocked_points, mended_points
from contract_gate.app.demo.stage import Stage
from contract_gate.core.errors import ContractGateError
from contract_gate.emulator.seed import DEMO_KEY, SHOP, load
from contract_gate.emulator.server import running

BRANCH = "revenue-without-gift-cards"
Say = Callable[[str], None]
Paint = Callable[[str, str], str]

_OPENING = """\
A small shop keeps its SQL in a dbt project. Robin opens a pull request, "Count revenue without gift cards":

  stg_payments  the column payment_method is renamed to method
  orders        follows the new name, and its amount no longer counts gift cards
  order_items   is tidied up; it gives the same rows as before

Nobody thought of payment_mix, nor of the dashboard that Dana opens every Monday. The gate does,
and asks a catalog for what no repository knows (here an emulator of Secoda, on this machine):
"""
_CLOSING = """\
Try it on a repository of your own; `check` writes nothing and needs no key:

  cd your-repository
  contract-gate check                  what your branch would break
  contract-gate check --staged         what you are about to commit
  contract-gate init                   write a configuration, a workflow and a hook

With SECODA_API_KEY in the environment it also names the charts, dashboards and people downstream."""


def play(say: Say, paint: Paint, environ: Mapping[str, str], keep: Path | None = None) -> bool:
    """Run the demo and tell whether it showed what it should. `keep` is where the repository stays for a look.

    Offline: the catalog is an emulator on loopback. Raises GitError without a git.
    """
    with ExitStack() as stack:
        directory = keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="contract-gate-demo-"))
        )
        server = stack.enter_context(running(load(SHOP)))
        reports = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="contract-gate-reports-")))
        catalog = {"SECODA_API_KEY": DEMO_KEY, "SECODA_API_URL": server.url}
        points = _tell(Stage(directory, environ), catalog, reports / "report.json", say, paint)
    say(_CLOSING)
    if keep is not None:
        say(f"\nThe shop is in {keep}: `git diff main` shows the pull request.")
    return all(point.holds for point in points)


def _tell(stage: Stage, catalog: Mapping[str, str], file: Path, say: Say, paint: Paint) -> list[DemoPoint]:
    stage.commit("shop", "A small shop")
    stage.commit("pull_request", "Count revenue without gift cards", branch=BRANCH)
    say(_OPENING)
    say(paint("$ contract-gate check --base main", "1"))
    arguments = ("check", "--base", "main", "--format", "terminal", "--format", f"json={file}")
    ran = stage.run(arguments, catalog, shown=True)
    points = blocked_points(_read(file), ran.code, stage.text(FORGOTTEN))
    say("\nWhat it showed:")
    _show(points, say, paint)

    stage.commit("mended", "Let payment_mix follow")
    file.unlink(missing_ok=True)
    again = stage.run(("check", "--base", "main", "--format", f"json={file}"), catalog)
    mended = mended_points(_read(file), again.code)
    _show(mended, say, paint)
    say(again.output.rstrip())
    return points + mended


def _read(file: Path) -> Json:
    try:
        report: Json = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ContractGateError("the demo failed: the gate left no report; its message is above") from error
    return report


def _show(points: list[DemoPoint], say: Say, paint: Paint) -> None:
    for point in points:
        mark = paint("✓", "1;32") if point.holds else paint("✗ NOT SHOWN:", "1;31")
        say(f"  {mark} {point.text}")
