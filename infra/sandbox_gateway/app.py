"""The sandbox gateway as a Chalice app: the table of routes and the tick that sends delayed callbacks.

Configuration comes from the environment (`chalicelib.world.Settings`). Deployed, its state lasts as long as the
function's /tmp; beside the platform on a laptop, `serve.py` gives it a directory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from chalice import Chalice, Rate, Response
from chalicelib.http import Inbound, post_form, send  # type: ignore[import-not-found]  # Chalice puts this folder on the path
from chalicelib.outbox import pump  # type: ignore[import-not-found]  # the same
from chalicelib.routes import ROUTES, Route, answer  # type: ignore[import-not-found]  # the same
from chalicelib.store import Store  # type: ignore[import-not-found]  # the same
from chalicelib.world import Settings, World  # type: ignore[import-not-found]  # the same

CONTENT_TYPES = ["application/json", "application/x-www-form-urlencoded", "text/plain"]

app = Chalice(app_name="sandbox-gateway")


@cache
def world() -> World:
    """The one world of this process."""
    settings = Settings.from_environment()
    return World(settings, Store(settings.state_dir), post_form, send=send)


def _view(route: Route) -> Callable[..., Any]:
    def view(**path: str) -> Any:
        current = app.current_request
        request = Inbound(
            path,
            dict(current.query_params or {}),
            current.raw_body or b"",
            route.method,
            route.path.format(**path),
            dict(current.headers or {}),
        )
        reply = answer(world(), route.handler, request)
        headers = {"Content-Type": reply.content_type, **reply.headers}
        return Response(body=reply.body, status_code=reply.status, headers=headers)

    return view


for _route in ROUTES:
    app.route(_route.path, methods=[_route.method], content_types=CONTENT_TYPES, name=_route.handler.__name__)(
        _view(_route)
    )


def send_due_callbacks(_event: object) -> None:
    """Deployed: once a minute. Locally `serve.py` ticks several times a second."""
    pump(world())


app.schedule(Rate(1, unit=Rate.MINUTES), name="send_due_callbacks")(send_due_callbacks)
