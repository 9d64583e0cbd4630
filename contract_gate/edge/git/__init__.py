"""Read-only git: revisions, changed files, the bytes of files. What is not needed for these is imported from its module.

What the files mean is `contract_gate.workspace`' business. Nothing here writes to the work tree, the index, a ref or
anyone's configuration.
"""

from contract_gate.edge.git.repository import LARGEST_FILE, Repository
from contract_gate.edge.git.revision import (
    ABSENT,
    INDEX,
    WORKING_TREE,
    ChangedFile,
    EntryKind,
    FileStatus,
    LineRange,
    Missing,
    MissingReason,
    Revision,
    RevisionKind,
    Revisions,
    TreeEntry,
    branch_of,
    display,
    shown_ref,
)

__all__ = [
    "ABSENT",
    "INDEX",
    "LARGEST_FILE",
    "WORKING_TREE",
    "ChangedFile",
    "EntryKind",
    "FileStatus",
    "LineRange",
    "Missing",
    "MissingReason",
    "Repository",
    "Revision",
    "RevisionKind",
    "Revisions",
    "TreeEntry",
    "branch_of",
    "display",
    "shown_ref",
]
