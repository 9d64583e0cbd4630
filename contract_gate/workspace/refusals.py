"""What keeps the head's projects from being built at all, and did not keep the base's."""

from collections.abc import Collection

from contract_gate.core.world import RefusedDeclaration
from contract_gate.workspace.repository import RepositoryWorld, paired


def refused(
    base: RepositoryWorld, head: RepositoryWorld, paths: Collection[str]
) -> tuple[RefusedDeclaration, ...]:
    """Give the declarations that their own tool refuses since the base. `paths` are the changed files."""
    return tuple(each for old, new in paired(base, head) for each in new.refused_since(old, paths))
