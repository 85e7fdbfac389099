"""A settlement file on the running platform: refused whole with its reasons, replaced by a good one, read by scope."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import openpyxl
import pytest

from mizan.domain.calendar import business_date
from mizan.domain.references import track_id
from tests.e2e.conftest import World
from tests.e2e.test_bad_luck import Case, wait_for

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]
ACCOUNT_ID = "benefit-moic"


class Settlement:
    """The gateway's file of the day for one account, delivered under ever new names."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.day = business_date(datetime.now(UTC))
        self.storage = world.platform.client("s3")
        self.bucket = world.platform.outputs["BucketName"]

    def deliver(self, name: str, defect: str = "") -> bytes:
        terminal = self.world.notes.accounts["moic"].terminal_id
        url = f"{self.world.sandbox.url}/sandbox/settlements/{terminal}/{self.day}.csv"
        answer = httpx.get(url, params={"defect": defect} if defect else {}, timeout=30, trust_env=False)
        answer.raise_for_status()
        key = f"inbox/settlement/benefit/{ACCOUNT_ID}/{self.day}-{name}.csv"
        self.storage.put_object(Bucket=self.bucket, Key=key, Body=answer.content)
        self._reconcile()
        return answer.content

    def _reconcile(self) -> None:
        """Not waiting for the schedule, which may be at it too: then one of the two is told to leave."""
        functions = self.world.platform.client("lambda")
        names = [found["FunctionName"] for found in functions.list_functions()["Functions"]]
        (name,) = [name for name in names if "ReconcileDay" in name]
        answer = functions.invoke(FunctionName=name, Payload=b'{"time": "1999-01-01T00:00:00Z"}')
        assert "FunctionError" not in answer

    def report(self, role: str = "finance") -> dict[str, Any]:
        found: dict[str, Any] = self.world.api(role).find(f"/v1/reconciliations/{self.day}") or {}
        return found

    def knows(self, name: str) -> dict[str, Any] | None:
        """The day's report once a run knows the file."""
        report = self.report()
        is_known = any(source["name"] == f"{self.day}-{name}.csv" for source in report.get("sources", []))
        return report if is_known else None

    def keys(self, prefix: str) -> list[str]:
        found = self.storage.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in found]


def test_a_bad_file_is_quarantined_whole_and_a_good_one_replaces_it(world: World) -> None:
    """Line and reason in both languages, nothing of it is taken; then the same day with a good file: every captured
    payment matches, for finance and for the agency, and the workbook opens.
    """
    case = Case(world, "settlement")
    world.pay_by_card(case.gateway_payment)
    assert wait_for(lambda: case.invoice_state() == "paid")
    settlement = Settlement(world)
    track = track_id(case.attempt["payment_id"])

    taken_before = settlement.report().get("gateway", {}).get("input", {}).get("count", 0)
    settlement.deliver("bad", "bad_line")
    bad = wait_for(lambda: settlement.knows("bad"))

    assert (bad["control"], bad["status"]) == ("FAIL", "quarantined")
    assert bad["gateway"]["input"]["count"] == taken_before
    (source,) = [found for found in bad["sources"] if found["name"] == f"{settlement.day}-bad.csv"]
    assert [(error["line"], error["code"]) for error in source["errors"]] == [(2, "field_count")]
    assert wait_for(lambda: not settlement.keys("inbox/settlement/"))
    note_key = next(key for key in settlement.keys("quarantine/") if key.endswith("-bad.csv.json"))
    note = json.loads(settlement.storage.get_object(Bucket=settlement.bucket, Key=note_key)["Body"].read())
    assert note["errors"][0]["text_ar"]
    assert note_key.removesuffix(".json") in settlement.keys("quarantine/")

    settlement.deliver("good")
    good = wait_for(lambda: settlement.knows("good"))

    assert good["control"] == "PASS"
    assert good["run"] > bad["run"]
    for role in ("finance", "agency"):
        api = world.api(role)
        files = {file["name"]: file["url"] for file in settlement.report(role)["files"]}
        assert track in api.download(files["matched.csv"]).decode()
        workbook = openpyxl.load_workbook(io.BytesIO(api.download(files["report.xlsx"])))
        assert len(workbook.sheetnames) == 5
