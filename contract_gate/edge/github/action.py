"""The container action: inputs in, `contract-gate` run, outputs, summary and comment out.

Run it isolated (`python -I -m contract_gate.edge.github.action`): the working directory is the pull request's, and must
not be where Python looks for modules. The verdict is the exit code of `contract-gate`; nothing here changes it.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from contract_gate.core.errors import ContractGateError, ExitCode
from contract_gate.core.json_fields import parse
from contract_gate.core.values import dataclass, replace
from contract_gate.edge.github import commands
from contract_gate.edge.github.event import PullRequest, read_event
from contract_gate.edge.github.inputs import Inputs, arguments, read_inputs, settings
from contract_gate.edge.github.outputs import append_summary, write_outputs
from contract_gate.edge.github.workspace import placed

if TYPE_CHECKING:
    from contract_gate.edge.github.comment import CommentPlace

_PROGRAM = "import sys; sys.argv[0] = 'contract-gate'; from contract_gate.cli import main; main()"
_LONGEST = 2_000
_GATE = (sys.executable, "-I", "-c", _PROGRAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRun:
    """What a run of `contract-gate` left: its exit code and the private files that it wrote."""

    code: int
    report: Path
    markdown: Path
    annotations: Path
    others: tuple[tuple[Path, str], ...] = ()
    returned: int = 0
    complaint: str = ""


def main() -> int:
    """Run the action in the runner's environment; the exit code is `contract-gate`'s."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return act(os.environ)
    except ContractGateError as error:
        hint = f" hint: {error.hint}" if error.hint else ""
        return _told(f"{error.message}.{hint}", error.exit_code)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _told(f"the run's files were not written: {where}{error.strerror}", ExitCode.UNDECIDED)
    except Exception as error:  # noqa: BLE001 - the boundary: Python would end a crash with 1, which is a verdict
        what = f"the action crashed, so nothing was decided: {type(error).__name__}: {error}"
        return _told(what, ExitCode.UNDECIDED)


def _told(what: str, code: ExitCode) -> ExitCode:
    """Say why there is no verdict, where that can be said: a full disk takes neither log nor summary."""
    with suppress(OSError):
        print(commands.command("error", what, {"title": "contract-gate"}), flush=True)
    with suppress(OSError):
        append_summary(os.environ, _no_verdict(what))
    return code


def act(environment: Mapping[str, str]) -> int:
    """Run one command as the inputs say, and tell the runner about it. UsageError for wrong inputs."""
    inputs = read_inputs(environment)
    outer = {**environment, **settings(environment)}
    workspace = Path(environment.get("GITHUB_WORKSPACE") or Path.cwd())
    with tempfile.TemporaryDirectory(prefix="contract-gate-") as private:
        ran = _run(inputs, outer, workspace, Path(private))
        report = _report(ran.report)
        ran = replace(ran, code=_believed(ran.code, inputs, report))
        print(commands.only_annotations(_text(ran.annotations)), end="", flush=True)
        failed = "" if report else _failure(ran)
        if failed or ran.code == ExitCode.UNDECIDED:
            what = (
                failed
                or "undecided: what could not be decided has to be looked at by a person; see the summary"
            )
            print(commands.command("error", what, {"title": "contract-gate"}), flush=True)
        append_summary(environment, _text(ran.markdown) or _no_verdict(failed))
        if inputs.comment and inputs.command == "check":
            _comment(outer, report, _text(ran.markdown), failed)
        outputs = _outputs(ran, report) if inputs.command == "check" else _of_sync(ran, report)
        if ran.report.exists():
            outputs["report"] = placed(ran.report, workspace, inputs.report)
        for file, name in ran.others:
            if file.exists():
                placed(file, workspace, name)
        if inputs.state is not None and (workspace / inputs.state).is_file():
            # It is the runner's file from now on: the job keeps it for the next run.
            placed(workspace / inputs.state, workspace, inputs.state)
        write_outputs(environment, outputs)
    return int(ran.code)


def _run(inputs: Inputs, outer: Mapping[str, str], workspace: Path, private: Path) -> GateRun:
    """Run `contract-gate` in the workspace; files are written privately first, and moved when it is done."""
    others = tuple((private / f"other-{index}", name) for index, name in enumerate(inputs.files))
    ran = GateRun(
        code=0,
        report=private / "report.json",
        markdown=private / "summary.md",
        annotations=private / "annotations.txt",
        others=others,
    )
    written = {
        "json": ran.report,
        "markdown": ran.markdown,
        "github": ran.annotations,
    }
    if inputs.command == "check":
        inputs = replace(inputs, also=(*inputs.also, *_open_pulls(outer))) if inputs.also_open else inputs
    heard = _heard(outer, private) if inputs.approvals and inputs.command == "check" else None
    command = [*_GATE, *arguments(inputs, written, [file for file, _ in others], heard)]
    returned, out, err = _finished(command, workspace, _child_environment(outer))
    print(commands.defused(out.decode("utf-8", "replace")), end="", flush=True)
    print(commands.defused(err.decode("utf-8", "replace")), end="", file=sys.stderr, flush=True)
    return replace(ran, code=returned, returned=returned, complaint=err.decode("utf-8", "replace"))


def _heard(outer: Mapping[str, str], private: Path) -> Path | None:
    """Write down what people allowed on the pull request; None where the run belongs to none."""
    from contract_gate.edge.approvals import Approvals, write_approvals
    from contract_gate.edge.github.approving import collect
    from contract_gate.edge.github.comment import CommentPlace

    subject, where = _pull_request(outer)
    if subject is None:
        return None
    if isinstance(where, CommentPlace):
        found = collect(where, subject)
    else:
        found = Approvals(author=subject.author, notes=(f"what people allowed was not read: {where}",))
    file = private / "approvals.json"
    file.write_text(write_approvals(found), encoding="utf-8")
    return file


def _open_pulls(outer: Mapping[str, str]) -> tuple[str, ...]:
    """Find the open pull requests to judge together with this one; what is left out is told in the log."""
    from contract_gate.edge.github.beside import open_pulls, unknown
    from contract_gate.edge.github.comment import CommentPlace

    subject, where = _pull_request(outer)
    if subject is not None and isinstance(where, CommentPlace):
        found = open_pulls(where, subject)
    else:
        found = unknown(where if isinstance(where, str) else "this run belongs to none")
    for note in found.notes:
        print(commands.command("warning", note, {"title": "contract-gate"}), flush=True)
    return found.refs


def _pull_request(outer: Mapping[str, str]) -> "tuple[PullRequest | None, CommentPlace | str | None]":
    """Give the pull request that the run belongs to, and where GitHub is asked about it, or why it can't be."""
    # httpx takes a tenth of a second to import, and most runs ask nothing.
    from contract_gate.edge.github.comment import place

    event = read_event(outer)
    subject = event.subject if event is not None else None
    if not isinstance(subject, PullRequest):
        return None, None
    return subject, place(outer, event.repository if event is not None else None, subject.number)


def _believed(code: int, inputs: Inputs, report: Mapping[str, object]) -> int:
    """Believe 0 and 1 only with a report that says the same: Python ends with 1 as well when it crashes."""
    says = {ExitCode.PASSED: "passed", ExitCode.BLOCKED: "blocked"}
    if code in says:
        is_told = report.get("verdict") == says[ExitCode(code)] if inputs.command == "check" else bool(report)
        return code if is_told else ExitCode.UNDECIDED
    return code if code in set(ExitCode) else ExitCode.UNDECIDED


def _finished(
    command: list[str], workspace: Path, environment: Mapping[str, str]
) -> tuple[int, bytes, bytes]:
    """Run to the end; when the runner cancels, the child ends first."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=workspace, env=environment, stdout=pipe, stderr=pipe) as process:
        try:
            out, err = process.communicate()
        except KeyboardInterrupt:
            process.kill()
            process.wait()
            raise
    return process.returncode, out, err


def _child_environment(outer: Mapping[str, str]) -> dict[str, str]:
    """Leave out what `contract-gate` has no need of: the inputs, and the token that only the comment uses."""
    return {
        name: value
        for name, value in outer.items()
        if not name.startswith("INPUT_") and name != "GITHUB_TOKEN"
    }


def _report(file: Path) -> Mapping[str, object]:
    try:
        loaded = parse(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(key): value for key, value in loaded.items()} if isinstance(loaded, dict) else {}


def _outputs(ran: GateRun, report: Mapping[str, object]) -> dict[str, str]:
    """Count what the report says; without a report the verdict is undecided and the counts are empty."""
    verdict = report.get("verdict")
    findings, coverage = report.get("findings"), report.get("coverage")
    listed = findings if isinstance(findings, list) else []
    levels = Counter(each.get("level") for each in listed if isinstance(each, dict))
    known = coverage if isinstance(coverage, dict) else {}
    not_analysed = known.get("not_analysed")
    has_report = bool(report)
    counts = {
        "errors": levels["error"],
        "warnings": levels["warning"],
        "notes": levels["note"],
        "models-changed": known.get("models_changed", ""),
        "not-analysed": len(not_analysed) if isinstance(not_analysed, list) else "",
    }
    return {
        "verdict": verdict if isinstance(verdict, str) else "undecided",
        "exit-code": str(int(ran.code)),
        "report": "",
        **{name: str(value) if has_report else "" for name, value in counts.items()},
    }


def _of_sync(ran: GateRun, report: Mapping[str, object]) -> dict[str, str]:
    """Count what a sync did; without a report the counts are empty."""
    listed = report.get("counts")
    counts = listed if isinstance(listed, dict) else {}
    names = {
        "written": ("written",),
        "removed": ("removed",),
        "failed": ("failed", "differs"),
        "left-alone": ("left-alone",),
    }
    sums = {name: sum(int(counts.get(each, 0)) for each in parts) for name, parts in names.items()}
    return {
        "verdict": "passed" if ran.code == ExitCode.PASSED else "undecided",
        "exit-code": str(int(ran.code)),
        "report": "",
        **{name: str(number) if counts else "" for name, number in sums.items()},
    }


def _failure(ran: GateRun) -> str:
    """Say why there is no report: in the program's own words, or by its exit code."""
    said = [line.strip() for line in ran.complaint.splitlines() if line.startswith(("error:", "hint:"))]
    return " ".join(said)[:_LONGEST] or f"there is no verdict: contract-gate ended with {ran.returned}"


def _no_verdict(failed: str) -> str:
    return f"### ❔ contract-gate: no verdict\n\n{commands.as_code(failed)}\n" if failed else ""


def _comment(outer: Mapping[str, str], report: Mapping[str, object], markdown: str, failed: str) -> None:
    from contract_gate.edge.github.comment import CommentPlace, Posted, post, post_failure, refused

    subject, where = _pull_request(outer)
    if subject is None or where is None:
        return
    needed = bool(report.get("findings")) or report.get("verdict") != "passed"
    if not isinstance(where, CommentPlace):
        outcome = refused(where)
    elif failed or not markdown:
        outcome = post_failure(where, commands.as_code(failed or "the report has no page"))
    else:
        outcome = post(where, markdown, needed=needed)
    if outcome.posted is Posted.REFUSED:
        print(commands.command("notice", outcome.note or "", {"title": "contract-gate"}))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
