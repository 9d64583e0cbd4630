"""SQLMesh projects: MODEL and AUDIT blocks, macros as far as they go, seeds, external and Python models. Never executed."""
