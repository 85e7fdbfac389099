"""Engines for every test that wants one: each a process of its own on loopback, ended with the run."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines import ENGINE_START_SECONDS, LOOPBACK, create_table, dynamodb_client
from tests.requirements import find_dynoxide, require
from tests.sharing import add_option, run_shared

ClientFactory = Callable[[], Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    add_option(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    return run_shared(session)


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test ever sees this machine's AWS settings: what forgets an endpoint fails instead of reaching an account."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "me-south-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def ministack_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded AWS engine, the very process that `make run` uses, on a free port."""
    from infra.local.engine import Engine  # noqa: PLC0415  # its imports are wanted only where an engine is
    from infra.local.ports import Ports  # noqa: PLC0415  # the same

    engine = Engine(Ports.free().engine, tmp_path_factory.mktemp("ministack"))
    engine.start()
    try:
        yield engine.url
    finally:
        engine.stop()


@pytest.fixture(scope="session")
def dynoxide_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The second DynamoDB engine, in memory: it refuses what AWS refuses."""
    binary = find_dynoxide()
    require(binary, "dynoxide is not installed (npm i @dynoxide/linux-x64, or name it in MIZAN_DYNOXIDE)")
    port = _free_port()
    log_path: Path = tmp_path_factory.mktemp("dynoxide") / "dynoxide.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  # the binary that this machine's owner installed
            [str(binary), "--host", LOOPBACK, "--port", str(port)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_open(port, process, log_path)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def ministack(ministack_url: str) -> tuple[ClientFactory, str]:
    """A maker of clients, and a fresh table with the template's own schema."""
    return (lambda: dynamodb_client(ministack_url)), create_table(dynamodb_client(ministack_url))


@pytest.fixture
def dynoxide(dynoxide_url: str) -> tuple[ClientFactory, str]:
    """The same on dynoxide."""
    return (lambda: dynamodb_client(dynoxide_url)), create_table(dynamodb_client(dynoxide_url))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]", log_path: Path) -> None:
    deadline = time.monotonic() + ENGINE_START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.02)
    process.kill()
    pytest.fail(f"dynoxide did not start: {log_path.read_text(errors='replace')[-500:]}")
