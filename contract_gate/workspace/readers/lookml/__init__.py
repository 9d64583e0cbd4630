"""LookML: `blocks` reads the text, `project` brings files together, `kind` says who reads what."""
