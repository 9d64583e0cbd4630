"""Jinja in a sandboxed child process: the repository's templates are run where they can do no harm."""
