"""Compare what the gate says with what DuckDB does, over mutants of made-up projects (`make bench-truth`).

    python bench/truth.py [--mutants 1000] [--seed 1] [--details FILE] [--only KIND…]

Each project is generated from a seed and built on several data sets. A mutant edits one model. Base and head are
built in DuckDB; for every model downstream that shows whether it fails to bind, its output changes (as a bag, by
column name), or it stays. Then `contract-gate check` is asked about the same two commits.

Printed by kind of mutation, and judged against the aims at the end (exit 1 when one is missed):
  fail        consumers that no longer bind in DuckDB       → reported `breaks`: all of them
  proven      consumers reported `breaks`, proven           → fail in DuckDB: at least 99 %
  changed     models whose output changed                   → told (impact or change of their own): all of them
  refactor    edits that DuckDB shows to change nothing     → nothing reported at all
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import mutations
import projects
from gate import Gate, Run
from instances import Outcome
from projects import Made, Project
from sites import Site

MUTANTS_A_PROJECT = 40
BREAKING = (*mutations.BREAKING, "model-delete")
BREAKING_WEIGHT = 4
BIND_ERRORS = ("Binder Error", "Catalog Error", "Parser Error")
FRACTION_PROVEN = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One edit: `sql` is None where the model is deleted."""

    kind: str
    model: str
    sql: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What DuckDB showed of the models at and below the edit.

    `failing` no longer bind though what they read is there; `stranded` have nothing to read, for something above
    them fails; `crashing` fail on the data alone. `changed` give other rows, `retyped` the same under another
    type, `grown` one column more.
    """

    failing: frozenset[str] = frozenset()
    stranded: frozenset[str] = frozenset()
    crashing: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    retyped: frozenset[str] = frozenset()
    grown: frozenset[str] = frozenset()
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the gate said, by model: with an effect `breaks` (and proven), or anything at all."""

    breaks: frozenset[str] = frozenset()
    proven: frozenset[str] = frozenset()
    undecided: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    witnessed: frozenset[str] = frozenset()
    nothing: bool = True


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mutants", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--details", type=Path, help="write every disagreement to this file, as JSON")
    parser.add_argument("--only", nargs="*", default=[], help="mutators to use")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-witness", action="store_true", help="judge by the text alone")
    options = parser.parse_args()
    started = time.monotonic()
    count = -(-options.mutants // MUTANTS_A_PROJECT)
    seeds = range(options.seed * 10_000, options.seed * 10_000 + count)
    tally: Counter[tuple[str, str]] = Counter()
    details: list[dict] = []
    with ProcessPoolExecutor(max_workers=options.processes) as workers:
        how = repeat(("--no-witness",) if options.no_witness else ())
        for part, found in workers.map(judge_project, seeds, repeat(tuple(options.only)), how):
            tally.update(part)
            details += found
    if options.details:
        options.details.write_text(json.dumps(details, indent=1), encoding="utf-8")
    return _print(tally, count, time.monotonic() - started)


def judge_project(
    seed: int, only: Sequence[str], options: Sequence[str]
) -> tuple[Counter[tuple[str, str]], list[dict]]:
    """Make a project and its mutants, ask DuckDB and the gate about each, and count."""
    project = projects.generate(seed)
    rng = random.Random(seed)
    tally: Counter[tuple[str, str]] = Counter()
    details: list[dict] = []
    warehouse = projects.Warehouse(project)
    judged = [(mutant, find_truth(project, warehouse, mutant)) for mutant in _mutants(project, rng, only)]
    kept = [(mutant, truth) for mutant, truth in judged if truth]
    tally["(all)", "unusable"] += len(judged) - len(kept)
    with tempfile.TemporaryDirectory(prefix="bench-truth-") as folder, Gate() as gate:
        repository = Path(folder)
        base, heads = commit(project, [mutant for mutant, _ in kept], repository)
        for (mutant, truth), head in zip(kept, heads, strict=True):
            run = gate.check(repository, base, head, options=options)
            found = _score(project, mutant, truth, run, tally)
            if found:
                details.append(_detail(project, mutant, truth, run, found))
    return tally, details


def _mutants(project: Project, rng: random.Random, only: Sequence[str]) -> list[Mutant]:
    """Draw edits: the rare kinds as often as the common ones, and models that others read before those that end."""
    by_kind: dict[str, list[Mutant]] = defaultdict(list)
    for model in project.models:
        site = Site(
            sql=model.sql, relation=project.relations[model.name], relations=project.relations, rng=rng
        )
        for _ in range(3 if project.downstream(model.name) else 1):
            for kind in only or mutations.MUTATORS:
                sql = mutations.mutate(kind, site)
                if sql is not None:
                    by_kind[kind].append(Mutant(kind=kind, model=model.name, sql=sql))
        if not only:
            by_kind["model-delete"].append(Mutant(kind="model-delete", model=model.name, sql=None))
    drawn: dict[tuple[str, str | None], Mutant] = {}
    while len(drawn) < MUTANTS_A_PROJECT and any(by_kind.values()):
        left = sorted(kind for kind, found in by_kind.items() if found)
        kind = rng.choices(left, [BREAKING_WEIGHT if k in BREAKING else 1 for k in left])[0]
        mutant = by_kind[kind].pop(rng.randrange(len(by_kind[kind])))
        drawn.setdefault((mutant.model, mutant.sql), mutant)
    return list(drawn.values())


def find_truth(project: Project, warehouse: projects.Warehouse, mutant: Mutant) -> Truth | None:
    """Build the head on every data set. None where the edit itself does not run, or is no true refactor."""
    below = project.downstream(mutant.model)
    models = [
        Made(name=model.name, sql=mutant.sql or "") if model.name == mutant.model else model
        for model in project.models
        if model.name != mutant.model or mutant.sql is not None
    ]
    marks: dict[str, set[str]] = defaultdict(set)
    errors: dict[str, str] = {}
    heads = list(warehouse.rebuild(models, below | {mutant.model}))
    for base, head in zip(project.base, heads, strict=True):
        if mutant.sql is not None and head[mutant.model].error:
            return None
        missing = {name for name, outcome in head.items() if outcome.error}
        for model in models:
            if model.name in head:
                mark = _mark(base[model.name], head[model.name], model.reads & missing)
                marks[mark].add(model.name)
                if head[model.name].error:
                    errors[model.name] = head[model.name].error or ""
    if mutant.kind.startswith("refactor") and marks.keys() - {"same"}:
        return None
    graver: set[str] = set()
    named = {}
    for mark in ("failing", "stranded", "crashing", "changed", "retyped", "grown"):
        named[mark] = frozenset(marks[mark] - graver)
        graver |= marks[mark]
    return Truth(**named, errors=errors)


def _mark(base: Outcome, head: Outcome, lost: frozenset[str]) -> str:
    if head.error:
        if not head.error.startswith(BIND_ERRORS):
            return "crashing"
        return "stranded" if lost else "failing"
    common = [name for name in base.names if name in head.names]
    if len(common) < len(base.names) or base.bag(common) != head.bag(common):
        return "changed"
    types = {name.lower(): kind for name, kind in head.columns}
    if any(types[name.lower()] != kind for name, kind in base.columns):
        return "retyped"
    return "grown" if len(head.names) > len(base.names) else "same"


def commit(project: Project, mutants: Sequence[Mutant], repository: Path) -> tuple[str, list[str]]:
    """Write the base and one commit a mutant, each a child of the base; give their SHAs."""
    subprocess.run(["git", "init", "--quiet", "-b", "main", str(repository)], check=True)
    marks = repository / ".git" / "marks"
    stream = b"".join(_stream(project, mutants))
    subprocess.run(
        ["git", "-C", str(repository), "fast-import", "--quiet", f"--export-marks={marks}"],
        input=stream,
        check=True,
    )
    shas = dict(line.split() for line in marks.read_text().splitlines())
    return shas[":1"], [shas[f":{number}"] for number in range(2, len(mutants) + 2)]


def _stream(project: Project, mutants: Sequence[Mutant]) -> Iterator[bytes]:
    yield _commit_line("main", 1, "base")
    for path, text in project.files().items():
        yield _file(path, text)
    for number, mutant in enumerate(mutants, start=2):
        yield _commit_line(f"mutant-{number}", number, mutant.kind) + b"from :1\n"
        path = project.path(mutant.model)
        yield (
            f"D {path}\n".encode()
            if mutant.sql is None
            else _file(path, project.text(mutant.model, mutant.sql))
        )


def _commit_line(branch: str, mark: int, subject: str) -> bytes:
    who = "bench <bench@example.org> 1700000000 +0000"
    return f"commit refs/heads/{branch}\nmark :{mark}\ncommitter {who}\ndata {len(subject)}\n{subject}\n".encode()


def _file(path: str, text: str) -> bytes:
    body = text.encode()
    return f"M 100644 inline {path}\ndata {len(body)}\n".encode() + body + b"\n"


def read_report(project: Project, report: Mapping) -> Told:
    """Say which models the gate named; models are told apart by their paths."""
    names = {project.path(model.name): model.name for model in project.models}
    breaks, proven, undecided, told = set(), set(), set(), set()
    for impact in report["impacts"]:
        name = names.get(impact["consumer"].get("path") or "")
        if name is None:
            continue
        told.add(name)
        if impact["effect"] == "breaks":
            breaks.add(name)
            if impact["certainty"] == "proven":
                proven.add(name)
        elif impact["effect"] == "unknown":
            undecided.add(name)
    witnessed = {
        names[change["path"]]
        for change in report["changes"]
        if change["certainty"] == "witnessed" and change.get("path") in names
    }
    told |= {names[change["path"]] for change in report["changes"] if change.get("path") in names}
    return Told(
        breaks=frozenset(breaks),
        proven=frozenset(proven),
        undecided=frozenset(undecided),
        told=frozenset(told),
        witnessed=frozenset(witnessed),
        nothing=not (report["impacts"] or report["changes"] or report["findings"]),
    )


def _score(
    project: Project, mutant: Mutant, truth: Truth, run: Run, tally: Counter[tuple[str, str]]
) -> dict[str, list[str]]:
    """Count into the tally; give the disagreements, by what they are."""
    kind = mutant.kind
    tally[kind, "mutants"] += 1
    tally["(all)", "milliseconds"] += int(run.seconds * 1000)
    report = run.report()
    if report is None:
        tally[kind, "no report"] += 1
        return {"no report": [str(run.code), run.stderr[-1500:]]}
    said = read_report(project, report)
    if kind.startswith("refactor"):
        tally[kind, "told"] += not said.nothing
        tally[kind, "silent"] += said.nothing
        return {} if said.nothing else {"refactor reported": sorted(said.told)}
    dead = truth.failing | truth.stranded | truth.crashing
    below = project.downstream(mutant.model)
    found = {
        "failing, not breaks": truth.failing - said.breaks,
        "stranded, not told": truth.stranded - said.told,
        "proven, does not fail": (said.proven - dead) & below,
        "changed, not told": truth.changed - said.told,
        "retyped, not told": truth.retyped - said.told,
        "grown, not told": truth.grown - said.told,
        "told, stays": (said.told - dead - truth.changed - truth.retyped - truth.grown) & below,
    }
    tally[kind, "fail"] += len(truth.failing)
    tally[kind, "fail, breaks"] += len(truth.failing & said.breaks)
    tally[kind, "stranded"] += len(truth.stranded)
    tally[kind, "stranded, breaks"] += len(truth.stranded & said.breaks)
    tally[kind, "proven"] += len(said.proven & below)
    tally[kind, "proven, fail"] += len(said.proven & dead)
    tally[kind, "changed"] += len(truth.changed)
    tally[kind, "changed, told"] += len(truth.changed & said.told)
    tally[kind, "witnessed"] += len(said.witnessed)
    tally[kind, "changed, witnessed"] += len(truth.changed & said.witnessed)
    tally[kind, "unknown"] += len(said.undecided & below)
    tally[kind, "below"] += len(below)
    for name, models in found.items():
        tally[kind, name] += len(models)
    return {name: sorted(models) for name, models in found.items() if models}


def _detail(
    project: Project, mutant: Mutant, truth: Truth, run: Run, found: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    sql = {model.name: model.sql for model in project.models}
    named = {name for names in found.values() for name in names if name in sql}
    report = run.report() or {}
    return {
        "project": project.seed,
        "layout": project.layout,
        "kind": mutant.kind,
        "model": mutant.model,
        "found": found,
        "before": sql[mutant.model],
        "after": mutant.sql,
        "errors": dict(truth.errors),
        "models": {name: sql[name] for name in sorted(named)},
        "changes": report.get("changes"),
        "impacts": report.get("impacts"),
        "coverage": report.get("coverage"),
    }


def _print(tally: Counter[tuple[str, str]], count: int, seconds: float) -> int:
    kinds = sorted({kind for kind, _ in tally} - {"(all)"})
    shown = (
        ("mutants", "mutants"),
        ("fail", "fail"),
        ("→breaks", "fail, breaks"),
        ("proven", "proven"),
        ("→fail", "proven, fail"),
        ("changed", "changed"),
        ("→told", "changed, told"),
        ("→shown", "changed, witnessed"),
        ("retyped!", "retyped, not told"),
        ("grown!", "grown, not told"),
        ("stranded", "stranded"),
        ("→breaks", "stranded, breaks"),
        ("spared!", "told, stays"),
        ("unknown", "unknown"),
        ("refactor!", "told"),
        ("no report", "no report"),
    )
    print(f"{'kind of mutation':<22}" + "".join(f"{title:>10}" for title, _ in shown))
    for kind in kinds:
        print(f"{kind:<22}" + "".join(f"{tally[kind, key] or '·':>10}" for _, key in shown))
    total = {key: sum(tally[kind, key] for kind in kinds) for key in {key for _, key in tally}}
    total = defaultdict(int, total)
    print(f"{'all':<22}" + "".join(f"{total[key] or '·':>10}" for _, key in shown))
    mutants, refactors = total["mutants"], sum(tally[k, "mutants"] for k in kinds if k.startswith("refactor"))
    print(
        f"\n{count} projects, {mutants} mutants ({refactors} refactors; {tally['(all)', 'unusable']} edits that do"
        f" not run were left out) in {seconds:.0f} s; a check takes"
        f" {tally['(all)', 'milliseconds'] / max(mutants, 1):.0f} ms"
    )
    aims = (
        ("consumers that fail in DuckDB are reported `breaks`", total["fail, breaks"], total["fail"], 1.0),
        (
            "consumers reported `breaks`, proven fail in DuckDB",
            total["proven, fail"],
            total["proven"],
            FRACTION_PROVEN,
        ),
        ("models whose output changed are told", total["changed, told"], total["changed"], 1.0),
        ("refactors are silent", total["silent"], refactors, 1.0),
        ("mutants have a report", mutants - total["no report"], mutants, 1.0),
    )
    missed = 0
    for title, good, all_, least in aims:
        share = good / all_ if all_ else 0.0
        missed += share < least
        print(
            f"{'ok  ' if share >= least else 'MISS'} {title}: {good} of {all_} ({share:.2%}; aim {least:.0%})"
        )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
