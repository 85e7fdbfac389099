"""`python -m infra.docs.diagrams`: write docs/states.md from the state tables."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from mizan.domain.disputes import DISPUTE_STATES
from mizan.domain.health import RAIL_STATES
from mizan.domain.invoice_batches import BATCH_STATES
from mizan.domain.invoices import INVOICE_STATES, InvoiceState
from mizan.domain.operators import OPERATOR_STATES
from mizan.domain.payments import PAYMENT_STATES
from mizan.domain.refunds import REFUND_STATES
from mizan.domain.states import StateMachine
from mizan.domain.suspense import SUSPENSE_STATES
from mizan.domain.vouchers import VOUCHER_STATES

TARGET = Path(__file__).resolve().parents[2] / "docs" / "states.md"
HEADER = (
    "# States\n\n"
    "*Generated from the tables in `mizan/domain` by `python -m infra.docs.diagrams`; a test keeps it current.*\n\n"
    "Each diagram shows what leads from one state to another, each table everything that can happen, what leaves the "
    "state as it is included.\n"
)

Machine = StateMachine[StrEnum, StrEnum]
MACHINES: tuple[Machine, ...] = (
    INVOICE_STATES,
    PAYMENT_STATES,
    REFUND_STATES,
    DISPUTE_STATES,
    SUSPENSE_STATES,
    BATCH_STATES,
    VOUCHER_STATES,
    RAIL_STATES,
    OPERATOR_STATES,
)  # type: ignore[assignment]  # read only

OTHER_BEGINNINGS = {INVOICE_STATES.name: (InvoiceState.DRAFT,)}
"""States in which a thing may begin beside the machine's initial one."""


def diagram(machine: Machine, states: Iterable[StrEnum]) -> str:
    """A Mermaid state diagram and a table, both in the order of the table in code; terminal states end."""
    states = list(states)
    beginnings = (*OTHER_BEGINNINGS.get(machine.name, ()), machine.initial)
    lines = ["stateDiagram-v2", *(f"    [*] --> {state}" for state in beginnings)]
    lines += [f"    {source} --> {target}: {', '.join(events)}" for (source, target), events in _moves(machine).items()]
    lines += [f"    {state} --> [*]" for state in states if machine.is_terminal(state)]
    body = "\n".join(lines)
    title = machine.name.capitalize()
    return f"\n## {title}\n\n```mermaid\n{body}\n```\n\n{_table(machine, states)}\n"


def document() -> str:
    return HEADER + "".join(diagram(machine, type(machine.initial)) for machine in MACHINES)


def _moves(machine: Machine) -> dict[tuple[StrEnum, StrEnum], list[str]]:
    """Events by where they lead from and to, without those that stay: one arrow for all of them."""
    moves: dict[tuple[StrEnum, StrEnum], list[str]] = {}
    for (source, event), target in machine.edges.items():
        if source != target:
            moves.setdefault((source, target), []).append(event)
    return moves


def _table(machine: Machine, states: list[StrEnum]) -> str:
    lines = ["| state | event → next state |", "|---|---|"]
    for state in states:
        edges = [(event, target) for (source, event), target in machine.edges.items() if source == state]
        cells = [f"{event} → {target}" if target != state else f"{event} (stays)" for event, target in edges]
        lines.append(f"| `{state}` | {', '.join(cells) or 'final'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
