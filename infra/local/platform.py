"""The platform on this machine: engine, deployment, front and issuer, started and stopped together."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.build import build
from infra.build.paths import BUILD, TEMPLATE
from infra.local.deployer import STACK, Deployer
from infra.local.engine import USUAL_PACE, Engine, Pace
from infra.local.front import Front, Upstream
from infra.local.issuer import AUDIENCE, LocalIssuer
from infra.local.ports import Ports, PortTakenError
from infra.local.transform import IGNORED_BY_THE_ENGINE, REWRITES

__all__ = ["Platform", "PortTakenError", "Ports"]
_STAGE = "local"
LOG_EVENT_COUNT_MAX = 10_000
"""Events that one call for logs gives at most."""


class Platform:
    """Everything that `template.yaml` describes, served on loopback, its state kept in `state_dir`.

    `iam_enforced` runs each function under its own role's policies. `build_dir` holds the artifacts; they are built
    when something changed, unless `build_first` is off. `pace`: how fast schedules come. `start` raises
    PortTakenError, EngineError, DeployError or BuildError.
    """

    def __init__(
        self,
        ports: Ports,
        state_dir: Path,
        *,
        iam_enforced: bool = False,
        build_dir: Path = BUILD,
        build_first: bool = True,
        parameters: dict[str, str] | None = None,
        pace: Pace = USUAL_PACE,
    ) -> None:
        self.ports = ports
        self.engine = Engine(ports.engine, state_dir / "engine", iam_enforced=iam_enforced, pace=pace)
        self._pace = pace
        self.issuer = LocalIssuer(ports.issuer, state_dir / "issuer")
        self.outputs: dict[str, str] = {}
        self.api_url = f"http://127.0.0.1:{ports.api}"
        self._build_dir = build_dir
        self._build_first = build_first
        self._parameters = self._local_parameters() | (parameters or {})
        self._front: Front | None = None

    def _local_parameters(self) -> dict[str, str]:
        return {
            "Stage": _STAGE,
            "PublicUrl": self.api_url,
            "ReconcileSchedule": "rate(1 minute)",
            "WebhookAllowLoopback": "true",
            "OidcIssuer": self.issuer.url,
            "OidcAudience": AUDIENCE,
            "ConfirmAfterSeconds": "10",
            "RailCoolDownSeconds": "3",
        }

    @property
    def engine_url(self) -> str:
        """The engine's own address: every AWS API, and `/_ministack/…`."""
        return self.engine.url

    def start(self) -> Self:
        """Build what changed, start the engine on its kept state, deploy, and serve."""
        if self._build_first:
            build(build_dir=self._build_dir)
        self.ports.refuse_taken()
        try:
            self._front = Front(self.ports.api, Upstream(self.ports.engine, self._api_path))
            self._front.start()
            self.issuer.start()
            self.engine.start()
            self.deploy()
        except BaseException:
            self.stop()
            raise
        return self

    def deploy(self) -> dict[str, str]:
        """Bring the stack to what template and artifacts say now; the outputs, also kept in `outputs`."""
        self.outputs = Deployer(self.client).deploy(TEMPLATE, self._build_dir, self._parameters)
        return self.outputs

    def stop(self) -> None:
        """Stop serving, keep the state, end the engine and its workers."""
        if self._front is not None:
            self._front.stop()
            self._front = None
        self.issuer.stop()
        self.engine.stop()
        self.outputs = {}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, service: str) -> Any:
        """A boto3 client of the engine with the account's root credentials; one per service."""
        return self.engine.client(service)

    def function_name(self, logical_id: str) -> str:
        """The deployed name of a function, e.g. of `CreateInvoiceFunction`."""
        found = self.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def invoke(self, logical_id: str, payload: bytes = b"{}") -> Any:
        """Invoke a function now, synchronously: for schedules that a test will not wait for."""
        return self.client("lambda").invoke(FunctionName=self.function_name(logical_id), Payload=payload)

    def logs(self) -> list[str]:
        """What all functions logged so far, oldest first; one JSON document each where Powertools wrote it."""
        client, name = self.client("logs"), self.outputs["FunctionsLogGroupName"]
        lines: list[str] = []
        start = 0
        while True:  # the engine gives the oldest ten thousand from an instant on, and no token to go on with
            events = client.filter_log_events(logGroupName=name, startTime=start)["events"]
            is_over = len(events) < LOG_EVENT_COUNT_MAX
            last = events[-1]["timestamp"] if events else start
            lines += [event["message"].rstrip("\n") for event in events if is_over or event["timestamp"] < last]
            if is_over or last == start:
                return lines
            start = last

    def transforms(self) -> list[tuple[str, str]]:
        """(what, why) of every difference from production, for printing."""
        rewritten = [(rewrite.what, rewrite.why) for rewrite in REWRITES]
        given = [(f"parameter {name} is {value}", "local") for name, value in self._parameters.items()]
        tuned = [
            (
                f"schedules are looked at every {self._pace.tick_seconds:.0f} s",
                "the engine's own 10 s make a minute's rate drift",
            ),
            (
                f"state is kept every {self._pace.autosave_seconds:.0f} s and at stop",
                "the engine keeps its state in memory",
            ),
        ]
        return [*rewritten, *given, *tuned, *((f"ignored: {what}", why) for what, why in IGNORED_BY_THE_ENGINE)]

    def print_transforms(self) -> None:
        """Print them, one a line."""
        for what, why in self.transforms():
            print(f"  {what}: {why}")

    def _api_path(self) -> str | None:
        identity = self.outputs.get("ApiId")
        return None if identity is None else f"/_aws/execute-api/{identity}/{_STAGE}"
