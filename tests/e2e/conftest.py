"""One whole platform for the session: engine, sandbox, seed; on free ports, in a folder of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.api import Api
from infra.local.browser import Browser
from infra.local.engine import Pace
from infra.local.people import subject_of
from infra.local.platform import Platform, Ports
from infra.local.sandbox import DEFAULT_INTERPRETER, SandboxProcess
from infra.local.seed import seed
from infra.local.state import Notes
from tests.requirements import require

HURRIED = Pace(autosave_seconds=3_600, minute_seconds=10)
"""Sweeps come every ten seconds; nobody starts this platform a second time, so its state is kept at its end alone."""

NOT_THAT_OFTEN = {"ReconcileSchedule": "rate(6 minutes)"}
"""A real minute at that pace: no test waits for the schedule, and each run reads everything that all tests did."""

CARD_APPROVED, CARD_SHORT_OF_FUNDS = "4600410112345678", "4415550112345678"


@dataclass
class World:
    """The running platform and everyone around it."""

    platform: Platform
    sandbox: SandboxProcess
    notes: Notes
    apis: dict[str, Api] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.platform.api_url

    def api(self, role: str = "agency") -> Api:
        """The role's client, one for the session."""
        if role not in self.apis:
            self.apis[role] = Api(self.url, self.notes.keys[role], timeout_seconds=120)
        return self.apis[role]

    def http(self, role: str | None = "agency") -> httpx.Client:
        headers = {"X-Api-Key": self.notes.keys[role]} if role else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=120, trust_env=False)

    def person(self, name: str) -> httpx.Client:
        """A sample person's client, under their personal identity."""
        token = self.platform.issuer.token_for(subject_of(name))
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=120, trust_env=False)

    def script(self, outcome: str, track: str, **options: Any) -> None:
        """Tell the sandbox what shall happen to one attempt."""
        body = {"track_id": track, "outcome": outcome, **options}
        httpx.post(f"{self.sandbox.url}/sandbox/scenarios", json=body, timeout=10, trust_env=False).raise_for_status()

    def pay_by_card(self, gateway_payment: str, card: str = CARD_APPROVED) -> dict[str, Any]:
        """Pay at the sandbox without a browser; answers after its notification was made."""
        url = f"{self.sandbox.url}/sandbox/payments/{gateway_payment}/card"
        response = httpx.post(url, json={"card": card}, timeout=120, trust_env=False)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def table_items(self, partition: str) -> list[dict[str, Any]]:
        """Items under one partition key, as stored."""
        answer = self.platform.client("dynamodb").query(
            TableName=self.platform.outputs["TableName"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ConsistentRead=True,
        )
        items: list[dict[str, Any]] = answer["Items"]
        return items


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    require(DEFAULT_INTERPRETER.exists(), "the sandbox gateway's environment is not installed (make install)")
    folder: Path = tmp_path_factory.mktemp("platform")
    ports, other = Ports.free(), Ports.free()
    with (
        SandboxProcess(other.api, folder / "sandbox") as sandbox,
        Platform(ports, folder, parameters=NOT_THAT_OFTEN, pace=HURRIED) as platform,
    ):
        notes = Notes()
        seed(
            dynamodb=platform.client("dynamodb"),
            kms=platform.client("kms"),
            table=platform.outputs["TableName"],
            kms_key_id=platform.outputs["KmsKeyId"],
            sandbox_url=sandbox.url,
            issuer=platform.issuer,
            notes=notes,
            public_url=platform.api_url,
        )
        world = World(platform, sandbox, notes)
        yield world
        for api in world.apis.values():
            api.close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()
