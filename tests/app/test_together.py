"""What is told of branches for which there was no time: of those that somebody named nothing passes, of open pull requests it is a note."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract_gate.app.together import Together, breaks_together
from contract_gate.compare.impact.assess import Assessment
from contract_gate.core.coverage import Coverage
from contract_gate.core.deadline import OutOfTimeError, current, within
from contract_gate.edge.git import Repository, Revisions
from contract_gate.edge.git.beside import Beside
from tests.e2e.project import Project

NONE = Assessment(changes=(), impacts=()), Coverage(files_changed=0, models_changed=0, models_analysed=0)


@contextmanager
def too_slow(repository: Repository, revisions: Revisions) -> Iterator[tuple[Assessment, Coverage]]:
    """Compare until the time is over."""
    raise OutOfTimeError("the time was over")
    yield NONE


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "repository").start().commit({"a.sql": "select 1"})
    made.git("checkout", "--quiet", "-b", "other")
    made.commit({"c.sql": "select 3"}).git("checkout", "--quiet", "main")
    return made.pull_request({"b.sql": "select 2"})


@pytest.mark.parametrize(("is_pull", "cut_short"), [(False, "the time was over"), (True, None)])
def test_no_time_is_left(project: Project, is_pull: bool, cut_short: str | None) -> None:
    """Both are told by name."""
    with Repository.open(project.directory) as repository:
        main, change, other = (repository.resolve(name) for name in ("main", "change", "other"))
        sides = Revisions(base=main, head=change, how="")
        found = breaks_together(
            repository, sides, [Beside(name="x", commit=other, is_pull=is_pull)], NONE, too_slow
        )
    assert found == Together(cut_short=cut_short, notes=("not judged together with x: the time was over",))


def test_pull_requests_have_half_of_the_time(project: Project) -> None:
    """The other half is for the change itself."""
    seen: list[float] = []

    @contextmanager
    def compared(repository: Repository, revisions: Revisions) -> Iterator[tuple[Assessment, Coverage]]:
        seen.append(current().left)
        yield NONE

    with Repository.open(project.directory) as repository, within(1_000, "the run"):
        main, change, other = (repository.resolve(name) for name in ("main", "change", "other"))
        sides = Revisions(base=main, head=change, how="")
        breaks_together(repository, sides, [Beside(name="x", commit=other, is_pull=True)], NONE, compared)
    assert 400 < seen[0] <= 500
