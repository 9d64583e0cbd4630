"""Read-only git: revisions, changed files, the bytes of files, and which two revisions a run compares.

What the files mean is `contract_gate.workspace`' business. Nothing here writes to the work tree, the index, a ref or
anyone's configuration.
"""

from contract_gate.edge.git.beside import Beside, beside
from contract_gate.edge.git.choice import choose_revisions, push_range
from contract_gate.edge.git.merged import MergedCommit, merged_commits
from contract_gate.edge.git.merging import merged_tree, scratch
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
    "Beside",
    "ChangedFile",
    "EntryKind",
    "FileStatus",
    "LineRange",
    "MergedCommit",
    "Missing",
    "MissingReason",
    "Repository",
    "Revision",
    "RevisionKind",
    "Revisions",
    "TreeEntry",
    "beside",
    "branch_of",
    "choose_revisions",
    "display",
    "merged_commits",
    "merged_tree",
    "push_range",
    "scratch",
    "shown_ref",
]
