"""What a change does to the gate itself: its configuration, and where projects stand. It counts from the next change on.

Nothing here decides about models: that is done by the base's setup. A person has to see that the next run is another.
"""

from collections.abc import Iterator
from dataclasses import fields

from contract_gate.core.coverage import SetupChange
from contract_gate.core.errors import UsageError
from contract_gate.edge.config import FILES, Config
from contract_gate.edge.config_file import find_config
from contract_gate.edge.git import Missing, MissingReason, Repository, Revision, Revisions
from contract_gate.workspace.layout import layout_changes
from contract_gate.workspace.repository import RepositoryWorld


def setup_changes(
    repository: Repository, revisions: Revisions, base: RepositoryWorld, head: RepositoryWorld
) -> tuple[SetupChange, ...]:
    """Give what the change does to the gate's configuration and to the layout of the repository."""
    laid_out = (SetupChange(path=path, told=told) for path, told in layout_changes(base.layout, head.layout))
    return (*_configured(repository, revisions), *laid_out, *_unmerged(repository, revisions, base))


def _unmerged(repository: Repository, revisions: Revisions, base: RepositoryWorld) -> Iterator[SetupChange]:
    """Give what sets up the base's projects otherwise than where the author's commits began: nobody has merged that."""
    trusted, setups = revisions.authority, base.layout.setups
    if trusted is None:
        return
    for path, content in repository.read(trusted, setups).items():
        if isinstance(content, bytes) and content != setups[path]:
            told = f"{revisions.base} sets its project up otherwise than {trusted}: what is out of sight there is not judged"
            yield SetupChange(path=path, told=told)


def _configured(repository: Repository, revisions: Revisions) -> Iterator[SetupChange]:
    before, after = (_config(repository, side) for side in (revisions.base, revisions.head))
    if isinstance(after, SetupChange):
        yield after
    elif isinstance(before, Config):
        keys = [
            each.name.replace("_", "-")
            for each in fields(Config)
            if each.name != "source" and getattr(before, each.name) != getattr(after, each.name)
        ]
        if keys:
            path = after.source or before.source or FILES[0]
            told = f"the gate's configuration sets {', '.join(keys)} otherwise, from the next change on"
            yield SetupChange(path=path, told=told)


def _config(repository: Repository, revision: Revision) -> Config | SetupChange:
    found = repository.read(revision, FILES)
    for name, each in found.items():
        if isinstance(each, Missing) and each.reason is not MissingReason.ABSENT:
            return SetupChange(path=name, told=f"no later change can be checked: {name}: {each.detail}")
    texts = {name: each.decode("utf-8", "replace") for name, each in found.items() if isinstance(each, bytes)}
    try:
        return find_config(texts)
    except UsageError as error:
        path = next((name for name in FILES if name in error.message), FILES[0])
        return SetupChange(path=path, told=f"no later change can be checked: {error.message}")
