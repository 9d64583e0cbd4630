"""Dataform projects: `.sqlx` files, and JavaScript as far as a small evaluator of constants and pure functions goes."""
