"""Queues as SQS keeps them, the stream that feeds them, and the workers that they wake.

At least once: messages come late, twice, in any order; a failed one comes back when its visibility is over, and after
so many receipts it rests in the dead letters until an operator sends it again.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mizan.domain.callbacks import CallbackKey
from tests.fakes.dynamodb.errors import refused
from tests.fakes.dynamodb.table import Change, Table
from tests.simulation.kernel import MINUTE, SECOND, Kernel, Outcome

SEND_FAULTS = ("refused", "refused_in_part", "taken_but_unanswered")
Work = Callable[[CallbackKey, "Message"], bool]
"""Do what a message asks for; whether it is done with. An error or a crash is a message that comes back."""


@dataclass
class Message:
    """`hidden_until`: what a worker asked for, in microseconds; 0: the queue's own visibility timeout."""

    name: str
    key: CallbackKey
    receive_count: int = 0
    hidden_until: int = 0
    is_done: bool = False


@dataclass
class Queue:
    """The template's numbers: `delay`, `visibility` in microseconds, `receive_max` before the dead letters."""

    kernel: Kernel
    url: str
    work: Work
    delay: int = 0
    visibility: int = 4 * MINUTE
    receive_max: int = 8
    dead: list[Message] = field(default_factory=list)
    open_count: int = 0
    _times: Counter[CallbackKey] = field(default_factory=Counter)

    def accept(self, key: CallbackKey, wait: int | None = None) -> None:
        self._times[key] += 1
        message = Message(f"{self.url}:{key.pk}/{key.sk}#{self._times[key]}", key)
        self.open_count += 1
        self._deliver_after(message, self.delay if wait is None else wait)

    def _deliver_after(self, message: Message, wait: int) -> None:
        name = f"{message.name}~{message.receive_count}"
        dice = self.kernel.fate.dice(name)
        is_late = not self.kernel.is_calm and self.kernel.fate.fault(name, dice, ("late",)) == "late"
        if is_late:
            self.kernel.seen["fault late"] += 1
        wait += dice.below(2 * SECOND) + (dice.below(10 * MINUTE) if is_late else 0)
        self.kernel.after(wait, lambda: self._receive(message))

    def _receive(self, message: Message) -> None:
        if message.is_done:
            return
        message.receive_count += 1
        if message.receive_count > self.receive_max:
            self.kernel.seen["dead letter"] += 1
            self.dead.append(message)
            return
        name = f"{message.name}x{message.receive_count}"
        message.hidden_until = 0
        self.kernel.spawn(name, lambda: self.work(message.key, message), then=lambda end: self._conclude(message, end))
        duplicate = self.kernel.fate.fault(name, self.kernel.fate.dice(name), ("duplicate",))
        if duplicate and not self.kernel.is_calm:
            self.kernel.seen["fault duplicate"] += 1
            self.kernel.spawn(f"{name}+", lambda: self.work(message.key, message), wait_micros=SECOND)

    def _conclude(self, message: Message, end: Outcome) -> None:
        if end.is_done and end.value:
            message.is_done = True
            self.open_count -= 1
            return
        if end.error is not None:
            self.kernel.seen[f"work failed {type(end.error).__name__}"] += 1
        self._deliver_after(message, max(message.hidden_until - self.kernel.now_micros, 0) or self.visibility)

    def redrive(self) -> int:
        """An operator sends the dead letters again; how many."""
        dead, self.dead = self.dead, []
        for message in dead:
            message.receive_count = 0
            self._deliver_after(message, 0)
        return len(dead)


class SimulatedSqs:
    """The client that `SqsWorkQueue` and `SqsPostponement` speak to."""

    def __init__(self, kernel: Kernel, queues: Mapping[str, Queue]) -> None:
        self._kernel, self._queues = kernel, queues

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  # boto's names
        fault = self._kernel.call(f"send {len(Entries)} to {QueueUrl}", SEND_FAULTS)
        if fault == "refused":
            raise refused("ServiceUnavailable", "the queue is down", "SendMessageBatch")
        taken = Entries[: len(Entries) // 2] if fault == "refused_in_part" else Entries
        for entry in taken:
            body = json.loads(entry["MessageBody"])
            wait = int(entry["DelaySeconds"]) * SECOND if "DelaySeconds" in entry else None
            self._queues[QueueUrl].accept(CallbackKey(body["pk"], body["sk"]), wait)
        self._kernel.finish(fault)
        if fault == "taken_but_unanswered":
            raise refused("RequestTimeout", "no answer", "SendMessageBatch")
        left = [{"Id": entry["Id"]} for entry in Entries[len(taken) :]]
        return {"Failed": left} if left else {}


@dataclass
class Stream:
    """The table's stream: every change once or more to `dispatch`; some records never."""

    kernel: Kernel
    table: Table
    dispatch: Callable[[Sequence[tuple[str, str]]], Any]
    is_routed: Callable[[Change], bool]
    is_losable: Callable[[Change], bool]
    """Whether a sweep finds what the record tells of: only such a record may be lost for good."""
    read_count: int = 0
    last_change_at: int = 0
    _times: Counter[tuple[str, str]] = field(default_factory=Counter)

    def poll(self) -> None:
        """Look at what is new; called after every step of the story."""
        while self.read_count < len(self.table.changes):
            change = self.table.changes[self.read_count]
            self.read_count += 1
            if self.is_routed(change):
                self.last_change_at = self.kernel.now_micros
                self._carry(change)

    def _carry(self, change: Change) -> None:
        self._times[change.key] += 1
        name = f"stream:{change.key[0]}/{change.key[1]}#{self._times[change.key]}"
        kernel, dice = self.kernel, self.kernel.fate.dice(name)
        kinds = ("lost_record", "duplicate") if self.is_losable(change) else ("duplicate",)
        fault = "" if kernel.is_calm else kernel.fate.fault(name, dice, kinds)
        if fault:
            kernel.seen[f"fault {fault}"] += 1
        if fault == "lost_record":
            return
        for copy in range(2 if fault == "duplicate" else 1):
            self._try(change.key, f"{name}#{copy}", dice.below(SECOND), 0)

    def _try(self, key: tuple[str, str], name: str, wait: int, attempt: int) -> None:
        """A batch whose dispatch failed comes again, ten times; then it lies aside and is sent again by an operator."""

        def then(end: Outcome) -> None:
            if not end.is_done:
                self._try(key, name, 5 * SECOND, attempt + 1)

        self.kernel.spawn(f"{name}.{attempt}", lambda: self.dispatch([key]), wait_micros=wait, then=then)
