"""The sandbox gateway as a child process: started, waited for, stopped.

with SandboxProcess(8090, Path(".mizan/sandbox")) as sandbox:
    sandbox.url  # http://127.0.0.1:8090
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType

REPOSITORY = Path(__file__).resolve().parents[2]
SERVE = REPOSITORY / "infra" / "sandbox_gateway" / "serve.py"
DEFAULT_INTERPRETER = REPOSITORY / ".venv-sandbox" / "bin" / "python"
EXIT_PORT_TAKEN, EXIT_STATE_TAKEN = 3, 4
POLL_SECONDS = 0.05
LOG_TAIL_CHARACTERS = 2000
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SandboxStartError(Exception):
    """The sandbox did not come up; the message says why, in words for the person at the terminal."""


class SandboxProcess:
    """`interpreter` must have Chalice and cryptography. State and `sandbox.log` live in `state_dir`.

    The process stops by itself when this one dies. It waits longer for an acknowledgement than a gateway would: the
    first callback finds a busy machine's function cold, and a payment that is voided for that surprises whoever looks.
    """

    def __init__(
        self,
        port: int,
        state_dir: Path,
        *,
        interpreter: Path = DEFAULT_INTERPRETER,
        ack_timeout_seconds: float = 60.0,
        page_lifetime_seconds: int = 900,
        start_timeout_seconds: float = 120.0,
    ) -> None:
        self.port, self.state_dir, self.interpreter = port, state_dir, interpreter
        self.url = f"http://127.0.0.1:{port}"
        self._options = [f"--ack-timeout={ack_timeout_seconds}", f"--page-lifetime={page_lifetime_seconds}"]
        self._start_timeout_seconds = start_timeout_seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log_path(self) -> Path:
        return self.state_dir / "sandbox.log"

    @property
    def pid(self) -> int | None:
        """The process id; None when it is not running."""
        return self._process.pid if self.is_running() and self._process else None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it answers.

        Raises SandboxStartError: no interpreter, port or state directory taken, ended at once, too slow.
        """
        if not self.interpreter.exists():
            raise SandboxStartError(f"{self.interpreter} is missing: run `make install`")
        self.state_dir.mkdir(parents=True, exist_ok=True)
        instance = secrets.token_hex(8)
        arguments = [
            f"--port={self.port}",
            f"--state={self.state_dir}",
            f"--instance={instance}",
            f"--parent={os.getpid()}",
        ]
        command = [str(self.interpreter), str(SERVE), *arguments, *self._options]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and script
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + self._start_timeout_seconds
        while not self._answers(instance):
            if self._process.poll() is not None:
                raise SandboxStartError(self._reason(self._process.returncode))
            if time.monotonic() > deadline:
                self.stop()
                raise SandboxStartError(f"the sandbox gateway was not ready in {self._start_timeout_seconds:.0f} s")
            time.sleep(POLL_SECONDS)

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """Ask it to end, then insist. Does nothing when it is not running."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would; everything it answered is in `state_dir`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> SandboxProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self, instance: str) -> bool:
        """Whether the process that answers on the port is the one just started."""
        try:
            with _DIRECT.open(f"{self.url}/sandbox/health", timeout=2) as response:
                return bool(json.load(response).get("instance") == instance)
        except (OSError, ValueError):
            return False

    def _reason(self, status: int) -> str:
        if status == EXIT_PORT_TAKEN:
            return f"port {self.port} is taken by another program: stop it, or set MIZAN_SANDBOX_PORT"
        if status == EXIT_STATE_TAKEN:
            return f"another sandbox gateway is using {self.state_dir}"
        tail = self.log_path.read_text("utf-8", "replace")[-LOG_TAIL_CHARACTERS:]
        return f"the sandbox gateway ended with status {status}; its log ends:\n{tail}"
