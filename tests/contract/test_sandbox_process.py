"""The sandbox as a process: it starts once, says why it cannot, loses nothing to a kill, and stands a burst."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.sandbox import DEFAULT_INTERPRETER, SandboxProcess, SandboxStartError
from mizan.adapters.gateways.benefit.gateway import BenefitGateway
from mizan.application.ports import InitiationRefused, InitiationStarted
from tests.contract.gateways.world import Sandbox, merchant, purchase
from tests.requirements import require

GATEWAY = BenefitGateway()


@pytest.fixture(autouse=True)
def environment() -> None:
    require(DEFAULT_INTERPRETER.exists(), "the sandbox's environment (.venv-sandbox) is not installed")


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def process(port: int, tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(port, tmp_path / "state", ack_timeout_seconds=2) as running:
        yield running


def test_a_kill_loses_nothing_that_was_answered(process: SandboxProcess) -> None:
    """SIGKILL with a callback still due: the next process knows the terminal and the payment, and delivers."""
    with merchant() as listening:
        sandbox = Sandbox(process.url)
        account, request = sandbox.open_account(), purchase(listening)
        sandbox.script(account, "delayed_callback", delay_seconds=1)
        started = GATEWAY.initiate(account, request)
        assert isinstance(started, InitiationStarted)
        sandbox.pay(started)

        process.kill()
        process.start()

        [(_, body)] = listening.wait_for(1)
        [transaction] = sandbox.transactions(account)
        assert f"trackid={request.track_id}".encode() in body
        assert (transaction["payment_id"], transaction["captured_fils"]) == (started.gateway_payment, request.amount)


def test_a_taken_port_is_named(port: int, tmp_path: Path) -> None:
    """The message is for the person at the terminal."""
    with socket.create_server(("127.0.0.1", port)), pytest.raises(SandboxStartError, match=f"port {port} is taken"):
        SandboxProcess(port, tmp_path).start()


def test_a_state_directory_has_one_owner(process: SandboxProcess, tmp_path: Path) -> None:
    """Two processes over one file would send every callback twice."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        other_port = server.getsockname()[1]

    with pytest.raises(SandboxStartError, match="another sandbox gateway"):
        SandboxProcess(other_port, process.state_dir).start()


def test_a_missing_interpreter_says_what_to_run(port: int, tmp_path: Path) -> None:
    """`make install` brings it."""
    with pytest.raises(SandboxStartError, match="make install"):
        SandboxProcess(port, tmp_path, interpreter=tmp_path / "python").start()


def test_it_listens_on_loopback_only(process: SandboxProcess) -> None:
    """Another address of this machine is not served."""
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.2", process.port)) != 0


def test_it_ends_with_the_process_that_started_it(port: int, tmp_path: Path) -> None:
    """A runner that was killed leaves nothing behind on the port."""
    code = (
        "import os, sys; from pathlib import Path; from infra.local.sandbox import SandboxProcess\n"
        f"process = SandboxProcess({port}, Path({str(tmp_path)!r})); process.start(); print('up'); os._exit(9)"
    )
    root = Path(__file__).resolve().parents[2]

    runner = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603  # our own code

    assert (runner.stdout.strip(), runner.returncode) == ("up", 9)
    deadline = time.monotonic() + 10
    while _is_open(port):
        assert time.monotonic() < deadline, "the sandbox outlived its parent"
        time.sleep(0.05)


def test_a_burst_of_payments_is_served_whole(process: SandboxProcess) -> None:
    """Sixty-four payers at once: each is captured once, and the day's file ties to the fils."""
    with merchant() as listening, ThreadPoolExecutor(32) as payers:
        sandbox = Sandbox(process.url)
        account = sandbox.open_account()

        def buy(amount: int) -> str:
            started = GATEWAY.initiate(account, purchase(listening, amount))
            assert isinstance(started, InitiationStarted)
            return str(sandbox.pay(started)["state"])

        amounts = range(1_000, 1_064)
        states = list(payers.map(buy, amounts))

        assert states == ["captured"] * 64
        assert len(listening.wait_for(64)) == 64
        transactions = sandbox.transactions(account)
        assert sum(transaction["captured_fils"] for transaction in transactions) == sum(amounts)


def test_a_callback_address_elsewhere_is_refused(process: SandboxProcess) -> None:
    """The sandbox of a laptop calls nobody else's machine."""
    sandbox = Sandbox(process.url)
    with merchant() as listening:
        request = replace(purchase(listening), notification_url="https://agency.example/callbacks")

    refused = GATEWAY.initiate(sandbox.open_account(), request)

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == "IPAY0100124"


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
