"""What the files of a project settle to, kept so that base and head work it out once where they have the same files.

It hangs on the project's own files and packages, on its target and on the options, and on nothing else: what a `ref` into
another project means, and what macros ask of columns, each side finds for itself.
"""

from contract_gate.core.values import dataclass, replace
from contract_gate.workspace.dbt.adapters import Target
from contract_gate.workspace.dbt.assembly import Assembly
from contract_gate.workspace.dbt.collect import Collection as Found
from contract_gate.workspace.dbt.node_texts import NodeTexts
from contract_gate.workspace.dbt.packages import Packages
from contract_gate.workspace.dbt.places import Places
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.dbt.setup import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A project put together. `setup` has read what says how, `files` the rest."""

    packages: Packages
    target: Target
    options: Options
    setup: TextReader
    files: TextReader
    found: Found
    assembly: Assembly
    texts: NodeTexts
    places: Places | None
    named: frozenset[str] | None
    """The other projects that its texts may name, None for any."""

    def holds(
        self, packages: Packages, target: Target, options: Options, setup: TextReader, files: TextReader
    ) -> bool:
        """Tell whether another side settles to the same."""
        return (
            # What a manifest tells of places is learned at one side and handed to the other.
            self.options.places is options.places is None
            # What the elders decide is among the packages: the label of the root.
            and replace(self.options, elders={}) == replace(options, elders={})
            and self.packages == packages
            and self.target == target
            and self.setup.says_alike(setup)
            and self.files.reads_alike(files)
        )
