"""Start and stop the embedded AWS engine (ministack) in a process of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import URLError

import boto3
from botocore.config import Config

from infra.build.paths import ROOT
from infra.local.ports import LOOPBACK
from infra.local.snapshots import EXIT_STATE_IN_USE

REGION = "me-south-1"
WARM_SECONDS = 20  # a burst would otherwise keep every worker it started for five minutes
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


class EngineError(Exception):
    """The engine did not start, or is gone."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the engine's clockwork goes: how often the state is kept and schedules are looked at, and how long the
    minute of a schedule lasts.
    """

    autosave_seconds: float = 2.0
    tick_seconds: float = 1.0
    minute_seconds: float = 60.0


USUAL_PACE = Pace()


class Engine:
    """One ministack process over one state folder."""

    def __init__(self, port: int, root: Path, *, iam_enforced: bool = False, pace: Pace = USUAL_PACE) -> None:
        self._port = port
        self._root = root.resolve()
        self._iam_enforced = iam_enforced
        self._pace = pace
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://{LOOPBACK}:{port}"
        self.log_path = self._root / "engine.log"
        self.client = cache(self._client)

    @property
    def pid(self) -> int:
        """The engine's process id."""
        if self._process is None:
            raise EngineError("the engine was not started")
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it answers. Raises EngineError with the end of its log."""
        self._root.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.engine_process"],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is not for it
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if not self.is_alive or time.monotonic() > deadline:
                raise EngineError(self._why_it_did_not_start())
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it gracefully: it keeps its state once more and ends its workers."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _client(self, service: str) -> Any:
        """A boto3 client of this engine, under the account's root credentials."""
        session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)  # noqa: S106 - the emulator's root
        config = Config(retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=60, max_pool_connections=32)
        return session.client(service, endpoint_url=self.url, config=config)

    def _environment(self) -> dict[str, str]:
        """What the engine, and so every function, sees: no credentials, proxies or Python settings of the host."""
        temporary = self._root / "tmp"
        return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {
            "AUTH": str(self._iam_enforced).lower(),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self._port),
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_WARM_TTL_SECONDS": str(WARM_SECONDS),
            "LOG_LEVEL": "INFO",
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_REGION": REGION,
            "MIZAN_ENGINE_AUTOSAVE_SECONDS": str(self._pace.autosave_seconds),
            "MIZAN_ENGINE_MINUTE_SECONDS": str(self._pace.minute_seconds),
            "MIZAN_ENGINE_ROOT": str(self._root),
            "MIZAN_ENGINE_TICK_SECONDS": str(self._pace.tick_seconds),
            "PERSIST_STATE": "1",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
            "S3_DATA_DIR": str(self._root / "live" / "s3"),
            "S3_PERSIST": "1",
            "SFTP_ENABLED": "0",
            "STATE_DIR": str(self._root / "live" / "state"),
            "TMPDIR": str(temporary),
        }

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
        except (URLError, OSError):
            return False

    def _why_it_did_not_start(self) -> str:
        exit_code = None if self._process is None else self._process.poll()
        self.stop()
        if exit_code == EXIT_STATE_IN_USE:
            return f"another platform is running on {self._root.parent}: stop it first"
        tail = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        return "the local AWS engine did not start:\n" + "\n".join(tail)
