"""What a repository is, before anything is compared: its projects and their dialects, and what nobody here knows of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from contract_gate.app.comparison import catalog_names, reading_of
from contract_gate.core.deadline import whole_run, within
from contract_gate.core.values import dataclass
from contract_gate.core.world import Model
from contract_gate.edge.config import Config
from contract_gate.edge.git import WORKING_TREE, Repository, Revision
from contract_gate.workspace.project import Project
from contract_gate.workspace.reading import read_repository
from contract_gate.workspace.repository import RepositoryWorld
from contract_gate.workspace.tree import Tree
from contract_gate.workspace.unset import Unset, unset


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedProject:
    """A project as it was read: its kind as people call it, its folder ("" at the top), and how many models have which dialect.

    The dialect "" is SQL that no dialect is known of.
    """

    kind: str
    root: str
    dialects: Mapping[str, int]

    @property
    def models(self) -> int:
        return sum(self.dialects.values())

    @property
    def place(self) -> str:
        """Say what it is and where."""
        if self.kind == PLAIN:
            return PLAIN
        return f"{self.kind} project {f'in {self.root}/' if self.root else 'at the top'}"

    @property
    def told_dialects(self) -> str:
        """Name the dialects, the most used first."""
        ranked = sorted(self.dialects, key=lambda name: (-self.dialects[name], name))
        return ", ".join(name or "of no known dialect" for name in ranked)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySurvey:
    """A repository at one revision. `problems`: files that should declare models and can't be read, with the reason.

    `absent` are packages that a project asks for and the repository does not have, by the project's folder.
    """

    projects: tuple[SurveyedProject, ...]
    problems: Mapping[str, str]
    unset: tuple[Unset, ...]
    absent: Mapping[str, tuple[str, ...]]

    @property
    def models(self) -> int:
        return sum(project.models for project in self.projects)


PLAIN = "plain SQL"


@contextmanager
def working_tree(repository: Repository, config: Config, undone: str) -> Iterator[RepositoryWorld]:
    """Read the working tree as the configuration says. `undone`: what did not happen where there is no time for it."""
    tree = Tree(repository, WORKING_TREE)
    with (
        whole_run(config.time_limit, undone),
        read_repository(tree, WORKING_TREE.id, reading_of(config)) as world,
    ):
        yield world


def survey(repository: Repository, revision: Revision, config: Config) -> RepositorySurvey:
    """Read what a revision declares, as a run with this configuration would. GitError where git fails."""
    tree = Tree(repository, revision)
    with (
        within(config.time_limit, f"the {config.time_limit} seconds for the whole run were over"),
        read_repository(tree, revision.id, reading_of(config)) as world,
    ):
        return RepositorySurvey(
            projects=tuple(map(_surveyed, filter(_makes_relations, world.projects))),
            problems=dict(world.problems),
            unset=(
                *unset(tree, [project.root for project in world.dbt], config.env, config.vars),
                *_targets_without_names(world, config),
            ),
            absent={
                project.root: project.packages.absent for project in world.dbt if project.packages.absent
            },
        )


def _targets_without_names(world: RepositoryWorld, config: Config) -> Iterator[Unset]:
    """List the target's own names that no profile says and that names of models hold."""
    names = catalog_names((world,), config)
    hanging: dict[str, list[str]] = {}
    for model in sorted(world.models.values(), key=lambda one: one.path):
        for word in names.words(model.relation) if model.relation is not None else ():
            if word.part is not None:
                hanging.setdefault(word.part, []).append(model.path)
    for part, paths in hanging.items():
        yield Unset(table="target", name=part, paths=tuple(dict.fromkeys(paths)))


def _makes_relations(project: Project) -> bool:
    return any(_is_read(model) for model in project.models.values())


def _surveyed(project: Project) -> SurveyedProject:
    return SurveyedProject(
        kind=project.kind.value if project.kind is not None else PLAIN,
        root=project.root,
        dialects=Counter(model.dialect for model in project.models.values() if _is_read(model)),
    )


def _is_read(model: Model) -> bool:
    return model.relation is not None and not model.kind.is_declared
