"""Statements, bound: what each makes or changes. `statements` is the door, `made` what the ones before have made, `definition` the fold."""
