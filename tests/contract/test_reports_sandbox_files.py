"""The sandbox gateway's own settlement files through the gate and the rules: what it writes is what we read."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from infra.sandbox_gateway.chalicelib.world import CallbackReply
from mizan.adapters.statements.matcher import open_connection
from mizan.adapters.statements.settlement_gate import DuckDbStatementGate
from mizan.application.ports_reconciliation import Statement
from mizan.domain.errors import QuarantinedFileError
from mizan.domain.reconciliation.control import Totals
from tests.fakes.samples import ACCOUNT
from tests.unit.reconciliation.samples import a_track
from tests.unit.sandbox.worlds import BACK, TERMINAL, Scene

DAY = date(2026, 11, 25)


class Gateway:
    """The sandbox with two payments of its day, one of them taken back, and the gate that reads its file."""

    def __init__(self, folder: Path) -> None:
        self.scene = Scene(folder)
        self.scene.pay(self.scene.open_payment(trackId=a_track(1), amt="10.500"))
        self.scene.reply = CallbackReply(500, "")
        self.scene.pay(self.scene.open_payment(trackId=a_track(2), amt="70.000"))
        self.connection = open_connection()
        self._gate = DuckDbStatementGate(self.connection, folder)

    def check(self, defect: str = "", terminal: str = TERMINAL) -> Statement:
        query = {"defect": defect} if defect else {}
        reply = self.scene.call("GET", f"/sandbox/settlements/{terminal}/{DAY}.csv", **query)
        account = replace(ACCOUNT, terminal_id=TERMINAL)
        return self._gate.check(reply.body.encode(), account=account, business_date=DAY)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    opened = Gateway(tmp_path)
    yield opened
    opened.connection.close()


@pytest.mark.parametrize("terminal", [TERMINAL, "all"])
def test_its_file_is_read_to_the_fils(gateway: Gateway, terminal: str) -> None:
    """Two purchases, one void: 10.500 net, less the fee of each purchase."""
    statement = gateway.check(terminal=terminal)

    assert statement.line_count == 3
    assert statement.movements.purchases == Totals(2, 80_500)
    assert statement.movements.voids == Totals(1, -70_000)
    assert statement.movements.net_due == 10_500 - 200


@pytest.mark.parametrize(
    ("defect", "codes"),
    [
        ("bad_line", [(2, "field_count")]),
        ("wrong_trailer", [(5, "trailer_count"), (5, "trailer_sum")]),
        ("duplicate_line", [(3, "duplicate_line")]),
    ],
)
def test_a_file_that_is_wrong_in_itself_is_refused(gateway: Gateway, defect: str, codes: list[tuple[int, str]]) -> None:
    """Line and reason, as the sandbox damaged it."""
    with pytest.raises(QuarantinedFileError) as raised:
        gateway.check(defect)

    assert [(error.line, error.code) for error in raised.value.lines] == codes


@pytest.mark.parametrize(("defect", "count"), [("missing_line", 2), ("extra_line", 4), ("wrong_amount", 3)])
def test_a_file_that_disagrees_with_us_passes_the_gate(gateway: Gateway, defect: str, count: int) -> None:
    """It agrees with itself: what it says of our payments is for the rules to judge."""
    assert gateway.check(defect).line_count == count


def test_a_day_of_everything_that_goes_back_is_read_to_the_fils(gateway: Gateway) -> None:
    """Refunded in part, charged back, reversed, voided: each line passes the gate with its sign, no fee comes back."""
    scene = gateway.scene
    scene.reply = CallbackReply(200, f"REDIRECT={BACK}")
    refunded, disputed, taken_back = (
        scene.pay(scene.open_payment(trackId=a_track(number), amt="20.000")) for number in (3, 4, 5)
    )
    scene.refund(refunded, a_track(6), "4.000")
    scene.refund(refunded, a_track(7), "6.000")
    dispute = json.loads(scene.call("POST", f"/sandbox/payments/{disputed['payment_id']}/dispute", {}).body)
    scene.call("POST", f"/sandbox/disputes/{dispute['dispute_id']}/lose")
    scene.call("POST", f"/sandbox/payments/{taken_back['payment_id']}/reverse")

    movements = gateway.check().movements

    assert movements.purchases == Totals(5, 140_500)
    assert movements.refunds == Totals(2, -10_000)
    assert movements.chargebacks == Totals(1, -20_000)
    assert movements.reversals == Totals(1, -20_000)
    assert movements.voids == Totals(1, -70_000)
    assert (movements.fees, movements.net_due) == (500, 20_500 - 500)
