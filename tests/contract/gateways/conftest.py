"""One sandbox process for the whole suite, and a listening merchant for each test."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.sandbox import DEFAULT_INTERPRETER, SandboxProcess
from tests.contract.gateways.world import Merchant, Sandbox, merchant
from tests.requirements import require


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    require(DEFAULT_INTERPRETER.exists(), "the sandbox's environment (.venv-sandbox) is not installed")
    state: Path = tmp_path_factory.mktemp("sandbox")
    with SandboxProcess(free_port(), state, ack_timeout_seconds=2) as process:
        yield Sandbox(process.url)


@pytest.fixture
def listening() -> Iterator[Merchant]:
    with merchant() as listener:
        yield listener
