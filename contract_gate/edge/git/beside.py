"""What may be merged beside the commit that is judged: branches that somebody named, and open pull requests that were found."""

import re
from collections.abc import Iterable, Iterator, Mapping

from contract_gate.core.values import dataclass
from contract_gate.edge.git.build import read_build
from contract_gate.edge.git.history import History, HistoryReach
from contract_gate.edge.git.repository import Repository
from contract_gate.edge.git.revision import Revision
from contract_gate.edge.github.event import read_event

_PULL = re.compile(r"refs/pull/([1-9]\d{0,9})/head")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A commit that may be merged, and what people call it. `is_pull`: an open pull request, which nobody named.

    `commit` is None where it can't be had; `missing` says why.
    """

    name: str
    commit: Revision | None
    is_pull: bool = False
    missing: str = ""


def beside(
    repository: Repository, names: Iterable[str], base: Revision, environment: Mapping[str, str]
) -> Iterator[Beside]:
    """Find the commits. GitError for a branch that is not here; `refs/pull/N/head` is fetched where the clone is the run's own.

    What it has in common with the base is fetched as well: without that there is no merge.
    """
    is_ci = read_event(environment) is not None or read_build(environment) is not None
    for name in names:
        number = _PULL.fullmatch(name)
        if number is None:
            commit = repository.resolve(name)
            yield Beside(name=commit.label, commit=commit)
            continue
        history = History(repository, HistoryReach.FETCH if is_ci else HistoryReach.LOCAL)
        found, missing = history.ref(name), "its commit can't be had"
        if found is not None and history.merge_base(base, found, (name,)) is None:
            found, missing = None, "what it has in common with the base can't be had"
        why = f" ({history.trouble})" if history.trouble else ""
        yield Beside(
            name=f"pull request #{number[1]}", commit=found, is_pull=True, missing=f"{missing}{why}" if found is None else ""
        )  # fmt: skip
