"""The engine's own process: ministack served on loopback, its state kept every few seconds.

Started by `infra.local.engine`; ends when its standard input closes (its parent is gone), or on SIGTERM.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from infra.local import engine_internals
from infra.local.ports import LOOPBACK
from infra.local.snapshots import EXIT_STATE_IN_USE, StateFolders, link_tree, write_states

logger = logging.getLogger("mizan.engine")
_QUIET_PATHS = {"/_ministack/health", "/_ministack/ready"}
_QUIET_AFTER_SECONDS = 15.0  # no request for this long: nothing changes, so nothing is kept
_REST_PER_COST = 3  # a snapshot that took a second is followed by three without one


class Autosave:
    """Keeps a generation of the state every `interval_seconds` while there is traffic."""

    def __init__(self, folders: StateFolders, interval_seconds: float) -> None:
        self._folders = folders
        self._interval_seconds = interval_seconds
        self._last_request = time.monotonic()

    def watching(self, app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """The same application; requests through it are what makes a snapshot worth taking."""

        async def watched(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] == "http" and scope["path"] not in _QUIET_PATHS:
                self._last_request = time.monotonic()
            await app(scope, receive, send)

        return watched

    async def run(self, stopping: asyncio.Event) -> None:
        """Save until told to stop."""
        pause = self._interval_seconds
        while not stopping.is_set():
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stopping.wait(), pause)
            if time.monotonic() - self._last_request > _QUIET_AFTER_SECONDS:
                continue
            began = time.monotonic()
            await self.save()
            took_seconds = time.monotonic() - began
            pause = max(self._interval_seconds, _REST_PER_COST * took_seconds)
            logger.info("kept the state in %.0f ms", took_seconds * 1000)

    async def save(self) -> None:
        """Keep one generation, unless a stack is being changed just now. A failure keeps the generation before."""
        if not engine_internals.is_settled():
            return
        try:
            fresh = self._folders.next_generation()
            states = engine_internals.capture_states()
            link_tree(self._folders.live_objects, fresh / "s3")
            link_tree(engine_internals.code_folder(), fresh / "state" / "lambda-blobs")
            await asyncio.to_thread(write_states, fresh / "state", states, engine_internals.json_default)
            self._folders.publish(fresh)
        except (OSError, RuntimeError, TypeError, ValueError):
            logger.exception("a snapshot failed; the one before it stays")


@contextlib.contextmanager
def _only_engine_of(root: Path) -> Iterator[None]:
    """Two engines on one state would undo each other's work."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(EXIT_STATE_IN_USE)
        yield


def _stop_with_parent(stop: Callable[[], object]) -> None:
    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):  # unbuffered: a buffered read would hold a lock at exit
            pass
        stop()

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


async def _serve(folders: StateFolders, port: int, interval_seconds: float) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    _stop_with_parent(lambda: loop.call_soon_threadsafe(stopping.set))
    autosave = Autosave(folders, interval_seconds)
    config = Config()
    config.bind = [f"{LOOPBACK}:{port}"]
    config.backlog = 512
    config.keep_alive_timeout = 75
    config.graceful_timeout = 5
    config.loglevel = "WARNING"
    saving = asyncio.create_task(autosave.run(stopping))

    async def until_stopped() -> None:
        await stopping.wait()

    await serve(autosave.watching(engine_internals.asgi_app()), config, shutdown_trigger=until_stopped)
    stopping.set()
    await saving
    await autosave.save()


def main() -> None:
    """Arguments come through the environment; see `infra.local.engine.Engine`."""
    folders = StateFolders(Path(os.environ["MIZAN_ENGINE_ROOT"]))
    logging.getLogger("persistence").setLevel(logging.WARNING)  # one line a service otherwise
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with _only_engine_of(folders.root):
        os.ftruncate(sys.stdout.fileno(), 0)  # the log of the run before; only now is it nobody else's
        port = int(os.environ["GATEWAY_PORT"])
        folders.prepare(f"{LOOPBACK}:{port}")
        engine_internals.tick_every(float(os.environ["MIZAN_ENGINE_TICK_SECONDS"]))
        engine_internals.let_minutes_last(float(os.environ["MIZAN_ENGINE_MINUTE_SECONDS"]))
        streams = folders.live_state / f"{engine_internals.STREAMS_STATE}.json"
        if streams.exists():
            engine_internals.restore_stream_records(streams.read_text(encoding="utf-8"))
        interval_seconds = float(os.environ["MIZAN_ENGINE_AUTOSAVE_SECONDS"])
        asyncio.run(_serve(folders, port, interval_seconds))
        engine_internals.stop_workers()


if __name__ == "__main__":
    main()
