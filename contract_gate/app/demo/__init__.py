"""The demo: a small shop, a pull request that breaks a reader, and the gate run on it as CI would.

`shop/` is the sample repository, the files of `pull_request/` and `mended/` are laid over it. `stage` makes it and runs the
command line in it, `proof` says what the run has to show, `play` tells it to a person.
"""
