"""Run the sandbox gateway on this machine: `python serve.py --port 8090 --state DIR`.

Chalice's own development server, threaded, on 127.0.0.1 only, with a listen queue of 256 (the default of 5 resets
connections under load). State is one SQLite file in DIR; `kill -9` loses nothing that was answered.
Exit status 3: the port is taken. Exit status 4: another process uses the state directory.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import importlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalDevServer, ThreadedHTTPServer, create_local_server

HOST = "127.0.0.1"
EXIT_PORT_TAKEN, EXIT_STATE_TAKEN = 3, 4
TICK_SECONDS = 0.2
PUMP_THREADS = 4
DROP_CONNECTION = "X-Sandbox-Drop-Connection"


class PatientServer(ThreadedHTTPServer):  # type: ignore[misc]  # Chalice ships no types
    """A listen queue that survives a burst."""

    request_queue_size = 256


class Handler(ChaliceRequestHandler):  # type: ignore[misc]  # Chalice ships no types
    """Quiet, and able to drop a connection when a script asks for it."""

    timeout = 60

    def log_message(self, *_args: Any) -> None:
        """One line per request would drown the platform's own log."""

    def _send_http_response(self, code: int, headers: dict[str, Any], body: Any) -> None:
        if DROP_CONNECTION in headers:
            self.close_connection = True
            return
        super()._send_http_response(code, headers, body)


def main() -> int:
    """Serve until SIGTERM, SIGINT, or the death of the parent; returns the exit status."""
    arguments = _arguments()
    lock = _lock(arguments.state)
    if lock is None:
        print(f"the state directory {arguments.state} is in use by another sandbox", file=sys.stderr)  # noqa: T201  # a command
        return EXIT_STATE_TAKEN
    _export(arguments)
    app_module = importlib.import_module("app")
    try:
        server = _server(app_module.app, arguments.port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"port {arguments.port} is taken", file=sys.stderr)  # noqa: T201  # a command
        return EXIT_PORT_TAKEN
    _run(server, app_module.world(), arguments.parent)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The sandbox gateway, on 127.0.0.1 only.")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--state", type=Path, required=True, help="directory of the sandbox's state")
    parser.add_argument(
        "--ack-timeout", type=float, default=10.0, help="seconds to wait for a merchant's acknowledgement"
    )
    parser.add_argument("--page-lifetime", type=int, default=900, help="seconds a payment page stays open")
    parser.add_argument("--instance", default="", help="a word that /sandbox/health repeats")
    parser.add_argument(
        "--parent", type=int, default=0, help="stop when the process of this id is no longer the parent"
    )
    return parser.parse_args()


def _lock(state: Path) -> TextIO | None:
    """Hold the directory for this process; None when another holds it. The kernel drops it at any death."""
    state.mkdir(parents=True, exist_ok=True)
    handle = (state / "lock").open("w", encoding="ascii")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def _export(arguments: argparse.Namespace) -> None:
    os.environ |= {
        "SANDBOX_STATE_DIR": str(arguments.state),
        "SANDBOX_PUBLIC_URL": f"http://{HOST}:{arguments.port}",
        "SANDBOX_LOOPBACK_ONLY": "true",
        "SANDBOX_ACK_TIMEOUT_SECONDS": str(arguments.ack_timeout),
        "SANDBOX_PAGE_LIFETIME_SECONDS": str(arguments.page_lifetime),
        "SANDBOX_INSTANCE": arguments.instance,
    }


def _server(app: Any, port: int) -> Any:
    config = Config.create(chalice_stage="local", app_name="sandbox-gateway", lambda_timeout=900)
    # create_local_server also makes `current_request` a thread's own; its server class is fixed, so another is made
    create_local_server(app, config, HOST, 0).server.server_close()
    return LocalDevServer(app, config, HOST, port, handler_cls=Handler, server_cls=PatientServer)


def _run(server: Any, world: Any, parent: int) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=server.server.serve_forever, daemon=True).start()
    for _ in range(PUMP_THREADS):
        threading.Thread(target=_pump, args=(world, stopping), daemon=True).start()
    while not stopping.wait(TICK_SECONDS):
        if parent and os.getppid() != parent:
            break
    stopping.set()
    server.shutdown()


def _pump(world: Any, stopping: threading.Event) -> None:
    outbox = importlib.import_module("chalicelib.outbox")
    while not stopping.wait(TICK_SECONDS):
        outbox.pump(world)


if __name__ == "__main__":
    sys.exit(main())
