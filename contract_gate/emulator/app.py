"""Put the emulator together: one ASGI application over one store."""

from starlette.routing import Route, Router
from starlette.types import ASGIApp

from contract_gate.emulator.catalog_routes import catalog_routes
from contract_gate.emulator.context import RouteContext
from contract_gate.emulator.control import Control
from contract_gate.emulator.documentation_routes import documentation_routes
from contract_gate.emulator.gateway import Gateway
from contract_gate.emulator.lineage_routes import lineage_routes
from contract_gate.emulator.people_routes import people_routes
from contract_gate.emulator.store import Store
from contract_gate.emulator.switches import Switches


def create_app(store: Store, switches: Switches | None = None, *, control: Control | None = None) -> ASGIApp:
    """Make the application. Pass a `control` to change switches and inject faults later (then leave `switches` out)."""
    handle = control or Control(switches or Switches())
    router = Router(routes_of(RouteContext(store, handle)), redirect_slashes=False)
    return Gateway(router, store, handle)


def routes_of(context: RouteContext) -> list[Route]:
    """Give every route that is served."""
    return [
        *catalog_routes(context),
        *documentation_routes(context),
        *lineage_routes(context),
        *people_routes(context),
    ]
