"""A Secoda-compatible server on loopback, to try things against without a key and without a network.

`seed` makes a `Store`, `app.create_app` serves it, `server.running` runs it in a thread. What Secoda's documentation leaves
open is a switch (`switches`). Its SQL reading (`reading`) is its own on purpose: it must not share a mistake with
the gate's. Nothing here is imported by the gate itself.
"""
