"""One model of a pull request, looked at for itself: which is meant, and the rows on which its two sides differ."""

from collections.abc import Collection, Sequence
from math import ceil

from contract_gate.app.comparison import bind, worlds
from contract_gate.app.confirmation import search_model
from contract_gate.compare.bound import is_declared
from contract_gate.compare.impact.assess import assess
from contract_gate.core.deadline import checkpoint, whole_run
from contract_gate.core.values import dataclass
from contract_gate.core.world import meant
from contract_gate.edge.config import Config
from contract_gate.edge.git import ChangedFile, Repository, Revisions
from contract_gate.sql.stack import deep_stack
from contract_gate.witness import Answer, Budget
from contract_gate.workspace.manifests import NamedManifest
from contract_gate.workspace.repository import RepositoryWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a search about one model gave. `models`: those that the name may mean; the answer is there where it is one.

    `why` says why no search was made. `known` are the names that could have been given.
    """

    models: tuple[str, ...]
    known: tuple[str, ...]
    answer: Answer | None = None
    why: str | None = None


def inspect_model(
    repository: Repository,
    revisions: Revisions,
    config: Config,
    names: Sequence[str],
    budget: Budget,
    manifests: Sequence[NamedManifest] = (),
) -> Inspection:
    """Look for rows on which one model differs between two revisions.

    Of `names` (a name, relation or path each) the first counts that a model has.
    """
    changed = repository.changed_files(revisions.base, revisions.head)
    with (
        # The search has its own seconds, which a person gave it.
        whole_run(config.time_limit + 2 * ceil(budget.seconds), "no witness was looked for"),
        worlds(repository, revisions, config, manifests) as (base, head),
    ):
        inspection = deep_stack(lambda: _look(base, head, changed, names, budget))
        checkpoint()
        return inspection


def _look(
    base: RepositoryWorld,
    head: RepositoryWorld,
    changed: Collection[ChangedFile],
    names: Sequence[str],
    budget: Budget,
) -> Inspection:
    both = {**base.models, **head.models}
    models = {key: m for key, m in both.items() if m.relation is not None and not is_declared(m)}
    chosen = meant(names, models)
    known = tuple(sorted(model.name for model in models.values()))
    shown = tuple(sorted(str(models[key].relation) for key in chosen))
    if len(chosen) != 1:
        return Inspection(models=shown, known=known)
    key = chosen[0]
    if key not in base.models or key not in head.models:
        side = "base" if key in base.models else "head"
        return Inspection(models=shown, known=known, why=f"it is there at the {side} alone")
    before, after, pairing = bind(base, head, changed)
    answer = search_model(before, after, pairing, assess(before, after, pairing), key, budget)
    return Inspection(models=shown, known=known, answer=answer)
