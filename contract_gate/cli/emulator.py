"""`contract-gate emulator`: serve a Secoda-compatible catalog on loopback."""

from pathlib import Path

import click

from contract_gate.core.errors import UsageError


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one."
)
@click.option("--data", type=click.Path(path_type=Path), help="A JSON or SQL seed; a small shop without it.")
@click.option(
    "--switch", "switches", multiple=True, metavar="NAME=VALUE", help="See docs/emulator.md; repeatable."
)
def emulator(port: int, data: Path | None, switches: tuple[str, ...]) -> None:
    """Serve a Secoda-compatible catalog on loopback, to try things without a key."""
    try:
        from contract_gate.emulator.server import LOOPBACK, bound, serve
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise UsageError(
            f"the emulator did not start: {error.name} is not installed",
            "pip install 'contract-gate[emulator]'",
        ) from error
    from contract_gate.emulator.seed import SHOP, load
    from contract_gate.emulator.switches import read_switches

    chosen = read_switches(switches)
    store = load(data or SHOP)
    listener = bound(port)
    click.echo(f"SECODA_API_URL=http://{LOOPBACK}:{listener.getsockname()[1]}")
    keys = [f"  {user.key}  acts as {user.email} ({user.role})" for user in store.users.values() if user.key]
    click.echo("\n".join(["keys:", *keys, f"{len(store.entities)} entities; stop with Ctrl-C"]), err=True)
    serve(store, chosen, listener)
