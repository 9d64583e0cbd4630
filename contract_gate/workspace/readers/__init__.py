"""Readers in files that are no SQL models: scripts, notebooks, dashboards as code. One module a kind of file, read and never run."""
