"""Policy: what is reported, how grave it is, and whether the pull request may pass.

A fold over the changes, pure: `judge` is the page to read first, `levels` holds the rules. Nothing is imported here: a
pull request without a model needs `settings` alone.
"""
