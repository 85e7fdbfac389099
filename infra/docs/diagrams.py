"""`python -m infra.docs.diagrams`: write docs/states.md from the state tables."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from mizan.domain.invoice_batches import BATCH_STATES
from mizan.domain.invoices import INVOICE_STATES
from mizan.domain.payments import PAYMENT_STATES
from mizan.domain.states import StateMachine

TARGET = Path(__file__).resolve().parents[2] / "docs" / "states.md"
HEADER = (
    "# States\n\n"
    "*Generated from the tables in `mizan/domain` by `python -m infra.docs.diagrams`; a test keeps it current.*\n"
)


def diagram(machine: StateMachine[StrEnum, StrEnum], states: Iterable[StrEnum]) -> str:
    """A Mermaid state diagram of the table, in the table's order; terminal states end."""
    lines = ["stateDiagram-v2", f"    [*] --> {machine.initial}"]
    lines += [f"    {source} --> {target}: {event}" for (source, event), target in machine.edges.items()]
    lines += [f"    {state} --> [*]" for state in states if machine.is_terminal(state)]
    body = "\n".join(lines)
    return f"\n## {machine.name.capitalize()}\n\n```mermaid\n{body}\n```\n"


def document() -> str:
    machines: list[StateMachine[StrEnum, StrEnum]] = [INVOICE_STATES, PAYMENT_STATES, BATCH_STATES]  # type: ignore[list-item]  # read only
    return HEADER + "".join(diagram(machine, type(machine.initial)) for machine in machines)


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
