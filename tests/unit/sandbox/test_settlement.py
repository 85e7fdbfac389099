"""The settlement file: its form, its day, its sums, and every defect it can be asked for."""

import json
from datetime import date

import pytest

from infra.sandbox_gateway.chalicelib.settlement import COLUMNS, DEFECTS, next_working_day
from infra.sandbox_gateway.chalicelib.world import CallbackReply
from tests.unit.sandbox.worlds import TERMINAL, Scene

FILE = f"/sandbox/settlements/{TERMINAL}/2026-11-25.csv"


def _lines(scene: Scene, path: str = FILE, **query: str) -> list[str]:
    reply = scene.call("GET", path, **query)
    assert reply.status == 200
    assert reply.body.endswith("\r\n")
    return reply.body.split("\r\n")[:-1]


def _two_payments(scene: Scene) -> None:
    scene.pay(scene.open_payment(trackId="1", amt="10.500"))
    scene.pay(scene.open_payment(trackId="2", amt="70.000"))


def test_a_file_has_a_header_a_line_per_movement_and_a_trailer_that_agrees(scene: Scene) -> None:
    """Three decimals, UTC instants, T+1, RRN and authorisation code as the notification had them."""
    paid = scene.pay(scene.open_payment(trackId="1", amt="70.000"))

    lines = _lines(scene)

    assert lines == [
        COLUMNS,
        f"DETAIL,{TERMINAL},1,{paid['payment_id']},{paid['tran_id']},{paid['rrn']},{paid['auth_code']},D,"
        "70.000,0.100,BHD,2026-11-25T09:00:00Z,2026-11-26,PURCHASE",
        f"TRAILER,{TERMINAL},1,70.000,0.100,BHD,2026-11-25",
    ]
    assert len(lines[1].split(",")) == len(COLUMNS.split(","))


def test_a_void_is_a_line_of_its_own_and_leaves_the_sum(scene: Scene) -> None:
    """PURCHASE and VOID of the same payment: two lines, sum zero."""
    scene.reply = CallbackReply(500, "")
    scene.pay(scene.open_payment())

    lines = _lines(scene)

    assert [line.rpartition(",")[2] for line in lines[1:-1]] == ["PURCHASE", "VOID"]
    assert lines[-1] == f"TRAILER,{TERMINAL},2,0.000,0.100,BHD,2026-11-25"


def test_the_business_day_is_the_day_in_bahrain(scene: Scene) -> None:
    """23:59 and 00:01 in Bahrain fall on two files."""
    scene.now = scene.now.replace(hour=20, minute=59)
    scene.pay(scene.open_payment(trackId="1"))
    scene.later(minutes=2)
    scene.pay(scene.open_payment(trackId="2"))

    today = _lines(scene)
    tomorrow = _lines(scene, f"/sandbox/settlements/all/{date(2026, 11, 26)}.csv")

    assert [line.split(",")[2] for line in today[1:-1]] == ["1"]
    assert [line.split(",")[2] for line in tomorrow[1:-1]] == ["2"]
    assert tomorrow[-1].startswith("TRAILER,ALL,1,10.500,")


def test_settlement_skips_friday_and_saturday() -> None:
    """Thursday settles on Sunday."""
    assert next_working_day(date(2026, 11, 26)) == date(2026, 11, 29)


def test_a_day_without_payments_is_a_header_and_a_trailer(scene: Scene) -> None:
    """An empty file is still a file."""
    assert _lines(scene) == [COLUMNS, f"TRAILER,{TERMINAL},0,0.000,0.000,BHD,2026-11-25"]


@pytest.mark.parametrize(
    ("defect", "tracks", "trailer"),
    [
        ("", ["1", "2"], "2,80.500,0.200"),
        ("wrong_trailer", ["1", "2"], "3,81.500,0.200"),
        ("missing_line", ["1"], "1,10.500,0.100"),
        ("extra_line", ["1", "2", "9" * 24], "3,87.750,0.200"),
        ("wrong_amount", ["1", "2"], "2,80.600,0.200"),
        ("duplicate_line", ["1", "1", "2"], "3,91.000,0.300"),
        ("bad_line", ["1", "2"], "2,80.500,0.200"),
    ],
)
def test_a_defect_is_what_it_says_and_nothing_else(scene: Scene, defect: str, tracks: list[str], trailer: str) -> None:
    """Only wrong_trailer and bad_line contradict themselves; the others are files that tie."""
    _two_payments(scene)

    lines = _lines(scene, defect=defect)

    assert [line.split(",")[2] for line in lines[1:-1]] == tracks
    assert lines[-1] == f"TRAILER,{TERMINAL},{trailer},BHD,2026-11-25"


def test_a_bad_line_loses_fields_and_its_amount(scene: Scene) -> None:
    """The first detail has eleven fields, and an amount that is no number."""
    _two_payments(scene)

    spoiled = _lines(scene, defect="bad_line")[1].split(",")

    assert (len(spoiled), spoiled[8]) == (11, "12.3x")


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_is_possible_on_an_empty_day(scene: Scene, defect: str) -> None:
    """Nothing to spoil is no reason to fail."""
    assert _lines(scene, defect=defect)[0] == COLUMNS


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        (FILE, {"defect": "surprise"}, "unknown_defect"),
        (f"/sandbox/settlements/{TERMINAL}/yesterday.csv", {}, "bad_date"),
    ],
)
def test_a_file_that_cannot_be_made_is_422(scene: Scene, path: str, query: dict[str, str], code: str) -> None:
    """With the reason."""
    reply = scene.call("GET", path, **query)

    assert (reply.status, json.loads(reply.body)["code"]) == (422, code)
