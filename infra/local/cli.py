"""`python -m infra.local run|demo`: the whole platform on this machine."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated

import httpx
import typer
from rich.console import Console

from infra.build import BuildError
from infra.local.api import ApiError
from infra.local.deployer import DeployError
from infra.local.engine import EngineError
from infra.local.layout import set_older_aside
from infra.local.people import described
from infra.local.platform import Platform, Ports, PortTakenError
from infra.local.sample_day import Places, SampleDay, StepFailedError
from infra.local.sample_steps import STEPS, finish
from infra.local.sandbox import SandboxProcess, SandboxStartError
from infra.local.seed import seed
from infra.local.state import Notes, read_notes, write_notes, write_private

SAMPLE_AGENCY = "moic"
cli = typer.Typer(add_completion=False, no_args_is_help=True)
console = Console()

State = Annotated[Path, typer.Option(help="Where everything is kept.", envvar="MIZAN_STATE_DIR")]
ApiPort = Annotated[int, typer.Option(help="The platform's API.", envvar="MIZAN_API_PORT")]
SandboxPort = Annotated[int, typer.Option(help="The sandbox gateway.", envvar="MIZAN_SANDBOX_PORT")]
EnforceIam = Annotated[bool, typer.Option(help="Run every function under its own role's policies.")]
EnginePort = Annotated[int, typer.Option(help="The embedded AWS engine.", envvar="MIZAN_ENGINE_PORT")]
IssuerPort = Annotated[int, typer.Option(help="The issuer of people's tokens.", envvar="MIZAN_ISSUER_PORT")]


@dataclass
class Running:
    """The platform, seeded and serving."""

    platform: Platform
    sandbox: SandboxProcess
    notes: Notes
    state_dir: Path

    @property
    def notes_path(self) -> Path:
        return self.state_dir / "notes.json"


@dataclass(frozen=True)
class Options:
    """Where it runs, and how strictly."""

    state_dir: Path
    ports: Ports
    sandbox_port: int
    enforce_iam: bool


@cli.callback()
def options(
    context: typer.Context,
    *,
    state_dir: State = Path(".mizan"),
    api_port: ApiPort = 8080,
    sandbox_port: SandboxPort = 8090,
    engine_port: EnginePort = 8070,
    issuer_port: IssuerPort = 8060,
    enforce_iam: EnforceIam = False,
) -> None:
    """The whole platform on this machine, loopback only."""
    ports = Ports(api=api_port, engine=engine_port, issuer=issuer_port)
    context.obj = Options(state_dir, ports, sandbox_port, enforce_iam)


@cli.command()
def run(context: typer.Context) -> None:
    """Start, drive one sample day, keep serving until Ctrl-C."""
    with _serving(context.obj) as running:
        is_good = _drive(running)
        _print_places(running)
        console.print("[bold]Serving. Ctrl-C stops it; the state is kept.[/]", "" if is_good else "(a step failed)")
        while True:
            time.sleep(1)


@cli.command()
def demo(context: typer.Context) -> None:
    """Start, drive one sample day, stop: exit 0, or 1 with the step that failed."""
    with _serving(context.obj) as running:
        is_good = _drive(running)
        _print_places(running)
    raise typer.Exit(0 if is_good else 1)


@contextmanager
def _serving(options: Options) -> Iterator[Running]:
    """Everything started and seeded; stopped in reverse on the way out, on Ctrl-C and on SIGTERM alike."""
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background job starts with SIGINT ignored
        signal.signal(number, _interrupt)
    state_dir = options.state_dir.resolve()
    started = time.monotonic()
    try:
        with ExitStack() as stack:
            aside = set_older_aside(state_dir)
            if aside is not None:
                console.print(f"What an older release kept does not read any more and was set aside: {aside}")
            console.print("[bold]Starting[/] (building what changed)")
            sandbox = stack.enter_context(SandboxProcess(options.sandbox_port, state_dir / "sandbox"))
            platform = stack.enter_context(Platform(options.ports, state_dir, iam_enforced=options.enforce_iam))
            running = Running(platform, sandbox, read_notes(state_dir / "notes.json"), state_dir)
            _seed(running)
            console.print("What the embedded engine gets differently from production:")
            platform.print_transforms()
            console.print(f"[bold green]Up after {time.monotonic() - started:.0f} s[/]")
            yield running
    except KeyboardInterrupt:
        console.print("\nStopped; the state is kept.")
    except (PortTakenError, SandboxStartError, EngineError, DeployError, BuildError) as error:
        console.print(f"[red]Could not start:[/] {error}")
        raise typer.Exit(1) from error


def _seed(running: Running) -> None:
    platform = running.platform
    seed(
        dynamodb=platform.client("dynamodb"),
        kms=platform.client("kms"),
        table=platform.outputs["TableName"],
        kms_key_id=platform.outputs["KmsKeyId"],
        sandbox_url=running.sandbox.url,
        issuer=platform.issuer,
        notes=running.notes,
        public_url=platform.api_url,
    )
    write_notes(running.notes_path, running.notes)
    accounts = {
        agency: {"account_id": note.account_id, "terminal_id": note.terminal_id, "token": note.token}
        for agency, note in running.notes.accounts.items()
    }
    local = {
        "api_url": platform.api_url,
        "sandbox_url": running.sandbox.url,
        "engine_url": platform.engine_url,
        "issuer_url": platform.issuer.url,
        "keys": running.notes.keys,
        "people": described(platform.issuer, running.notes),
        "accounts": accounts,
        "table": platform.outputs["TableName"],
        "bucket": platform.outputs["BucketName"],
    }
    write_private(running.state_dir / "local.json", json.dumps(local, indent=2))


def _drive(running: Running) -> bool:
    """One sample day. Whether every step came out right; the one that did not is named."""
    running.notes.sample_day_count += 1
    write_notes(running.notes_path, running.notes)
    account = running.notes.accounts[SAMPLE_AGENCY]
    places = Places(
        api_url=running.platform.api_url,
        sandbox_url=running.sandbox.url,
        storage=running.platform.client("s3"),
        bucket=running.platform.outputs["BucketName"],
        terminal_id=account.terminal_id,
        account_id=account.account_id,
        folder=running.state_dir / "demo",
    )
    day = SampleDay(places, running.notes.keys, running.notes.sample_day_count, console)
    console.rule(f"Sample day {day.number}")
    try:
        for number, (title, step) in enumerate(STEPS, start=1):
            console.print(f"[bold]{number:>2}. {title}[/]")
            step(day)
        (places.folder / "summary.json").write_text(json.dumps(finish(day), indent=2, ensure_ascii=False), "utf-8")
    except (StepFailedError, ApiError, LookupError, OSError, httpx.HTTPError) as error:
        console.print(f"[red]Step {number} failed ({title}):[/] {type(error).__name__}: {error}")
        return False
    finally:
        day.close()
        (places.folder / "functions.log").write_text("\n".join(running.platform.logs()), "utf-8")
    return True


def _print_places(running: Running) -> None:
    api, folder = running.platform.api_url, running.state_dir
    console.rule("Where to look")
    rows = {
        "API": f"{api}/v1/…  described at {api}/docs and {api}/openapi.json",
        "Pay page": f"{api}/pay",
        "Sandbox gateway": f"{running.sandbox.url}/sandbox/transactions",
        "Keys and people": f"{folder / 'local.json'}  (a person's token is good for 12 hours)",
        "Another token": f"curl -d grant_type=password -d username=… -d password=… {running.platform.issuer.token_url}",
        "The day's files": f"{folder / 'demo'} (summary.json, report.xlsx, settlement file, webhooks, functions.log)",
    }
    for name, place in rows.items():
        console.print(f"  {name:<19} {place}", soft_wrap=True, highlight=False)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
