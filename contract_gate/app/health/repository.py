"""Whether a repository can be judged: its history, its projects, what nobody here knows of them, and a trial run."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from contract_gate.app.comparison import reading_of, worlds
from contract_gate.app.gate import check
from contract_gate.app.health.check import Check, Health, failed, noted, well
from contract_gate.app.replay import merged_with_models
from contract_gate.app.survey import RepositorySurvey, survey
from contract_gate.catalogs.catalog import NoCatalog
from contract_gate.core.coverage import Coverage
from contract_gate.core.deadline import OutOfTimeError
from contract_gate.core.errors import ContractGateError
from contract_gate.edge.config import Config
from contract_gate.edge.git import WORKING_TREE, Repository, Revisions, display, shown_ref
from contract_gate.edge.git.compared import choose_revisions
from contract_gate.edge.git.history import History, HistoryReach
from contract_gate.edge.git.merged import MergedCommit
from contract_gate.workspace.artifacts import match
from contract_gate.workspace.manifests import find_left
from contract_gate.workspace.unset import lines_to_fill_in, places

_SHOWN = 5
"""So many entries of a list are shown; the rest is counted."""
_SLOW = 0.5
"""Of the time limit; a run that takes more is near to ending without a verdict."""


def history_checks(repository: Repository, environment: Mapping[str, str]) -> Iterator[Check]:
    """Look at git: how much of the history is here, which branch is the default one, what a run would compare."""
    if History(repository, HistoryReach.LOCAL).is_shallow():
        hint = "set fetch-depth: 0 in the checkout step, or let the gate fetch what it needs"
        yield noted("git", "the clone's history is cut short", hint)
    else:
        yield well("git", "the whole history is here")
    branch = repository.default_branch()
    if branch is None:
        remote = repository.remote()
        hint = (
            f"git remote set-head {remote} --auto"
            if remote
            else "commit to `main`, or name the base with --base"
        )
        yield noted(
            "branch",
            "the default branch is not known here, and its configuration is the one that holds",
            hint,
        )
    else:
        yield well("branch", f"{shown_ref(branch)} is the default branch")
    try:
        chosen = choose_revisions(repository, environment=environment)
    except ContractGateError as error:
        yield failed("base", error)
    else:
        yield well("base", f"a run here compares {chosen.base} with {chosen.head}: {chosen.how}")


def reading_checks(repository: Repository, config: Config) -> Iterator[Check]:
    """Look at the working tree: which models are found, in which dialect, and what their texts lack."""
    try:
        found = survey(repository, WORKING_TREE, config)
    except OutOfTimeError as error:
        yield Check(name="models", health=Health.FAILED, said=f"not all was read: {error}", hint=_FASTER)
        return
    except ContractGateError as error:
        yield failed("models", error)
        return
    yield from _models(found)
    for one in found.unset:
        hint = f"in contract-gate.toml: {' '.join(lines_to_fill_in([one])).strip()}"
        name = one.setting if one.table == "target" else one.name
        yield noted("names", f"{name} has no value; on it hang {places(one)}", hint)
    for root, names in found.absent.items():
        yield noted(
            "packages",
            f"{root or 'the dbt project'} asks for {', '.join(names)}, whose files are not here: what their macros make is known in part",
            "let the job run `dbt deps` and `dbt compile`, and hand over the manifests: check --manifest base=PATH --manifest head=PATH",
        )


def manifest_checks(repository: Repository, config: Config) -> Iterator[Check]:
    """Look at what dbt left in the projects' target folders: whether it is of these files."""
    head = repository.find("HEAD")
    if head is None:
        return
    revisions = Revisions(base=repository.resolve("HEAD"), head=WORKING_TREE, how="")
    with worlds(repository, revisions, config) as (base, now):
        left = list(find_left(repository, revisions, now.dbt))
        if not left:
            return
        matched = match(base, now, (), left, reading_of(config))
        for note in matched.notes:
            yield noted(
                "manifest", note, "run `dbt compile` where it should count; without it templates are run here"
            )
        for root in sorted(matched.roots):
            yield well("manifest", f"that of {root or 'the project'} in its target folder is of these files")


def trial_checks(repository: Repository, config: Config) -> Iterator[Check]:
    """Judge the last merged change that touches a model, offline, and say how long it took and what was not seen."""
    yield _parser()
    yield _witness(config)
    branch = repository.default_branch() or "HEAD"
    commits, looked = merged_with_models(repository, branch, 1) if repository.find(branch) else ((), 0)
    if not commits:
        yield noted("run", f"nothing was tried: no commit of the last {looked} can hold a model")
        return
    yield from _trial(repository, config, commits[0])


def _models(found: RepositorySurvey) -> Iterator[Check]:
    if not found.models:
        yield Check(
            name="models", health=Health.FAILED, said="no SQL model was found: every change would pass",
            hint="run it at the top of the repository with the models; `paths` and `ignore` say which files are models",
        )  # fmt: skip
    for project in found.projects:
        yield well("models", f"{project.place}: {project.models:,}")
        unknown = project.dialects.get("", 0)
        if unknown:
            yield noted(
                "dialect", f"of {unknown:,} models of {project.place} it is not known, so that standard SQL is read",
                'in contract-gate.toml: dialect = "snowflake" (or the one that they are in), `dialects` for single folders',
            )  # fmt: skip
        else:
            yield well("dialect", f"{project.place}: {project.told_dialects}")
    for path, why in sorted(found.problems.items())[:_SHOWN]:
        yield noted("models", f"{display(path)} is not read: {why}", "mend it, or name it under `ignore`")
    if len(found.problems) > _SHOWN:
        yield noted("models", f"+{len(found.problems) - _SHOWN} more files are not read")


def _parser() -> Check:
    if not _is_installed("sqlglotc"):
        hint = "pip install 'contract-gate[fast]'"
        return noted("parser", "SQL is parsed in plain Python, about three times slower", hint)
    return well("parser", "the compiled one")


def _witness(config: Config) -> Check:
    if not config.witness:
        return well("witness", "rows are not looked for: the configuration says witness = false")
    if not _is_installed("duckdb"):
        hint = "pip install 'contract-gate[witness]'"
        return noted("witness", "DuckDB is not installed: no rows will show what a change does", hint)
    return well("witness", "DuckDB is here")


def _is_installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def _trial(repository: Repository, config: Config, commit: MergedCommit) -> Iterator[Check]:
    revisions = Revisions(base=commit.base, head=commit.head, how="the commit against its first parent")
    name = f"{commit.head.id[:10]} of {commit.day}"
    began = time.monotonic()
    try:
        report = check(
            repository, revisions, replace(config, witness=False), NoCatalog("doctor asks it by itself")
        )
    except ContractGateError as error:
        yield failed("run", error)
        return
    seconds = time.monotonic() - began
    took = f"the last commit that may change a model ({name}) is judged in {seconds:.1f} s of {config.time_limit}, offline: {report.verdict}"
    if seconds > _SLOW * config.time_limit:
        yield noted("run", took, _FASTER)
    else:
        yield well("run", took)
    yield from _unseen(report.coverage)


def _unseen(coverage: Coverage) -> Iterator[Check]:
    for entry in coverage.not_analysed[:_SHOWN]:
        yield noted("run", f"{display(entry.path)} was not analysed: {entry.reason}")
    if len(coverage.not_analysed) > _SHOWN:
        yield noted("run", f"+{len(coverage.not_analysed) - _SHOWN} more were not analysed")


_FASTER = "give it more with `time-limit` in contract-gate.toml, or read less with `paths` and `ignore`"
