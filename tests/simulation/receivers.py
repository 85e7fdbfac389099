"""Agencies' webhook receivers: down, slow, silent; they keep every message that they were sent, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mizan.application.ports_webhooks import SendResult
from tests.simulation.kernel import Kernel


@dataclass
class SimulatedReceivers:
    """`received`: url → (event id, body) of everything that arrived there."""

    kernel: Kernel
    received: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> SendResult:
        fault = self.kernel.call(f"POST {url} {headers['webhook-id']}", ("receiver_down", "receiver_unanswered"))
        if fault == "receiver_down":
            return SendResult(503)
        self.received.setdefault(url, []).append((headers["webhook-id"], body))
        self.kernel.finish(fault)
        return SendResult(None, "timeout") if fault == "receiver_unanswered" else SendResult(200)
