"""Plain SQL repositories: files, migrations and templates that no other kind of project owns."""

from contract_gate.workspace.plain.project import PlainProject

__all__ = ["PlainProject"]
