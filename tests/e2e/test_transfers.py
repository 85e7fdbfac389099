"""Bank transfers on the running platform: from the invoice's own account to the journal, and what fits nothing.

All transfers are made side by side, told by one notification and then by the statement, and waited for once.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from infra.local.seed import TRANSFER_IBAN
from mizan.domain.calendar import business_date
from mizan.domain.iban import is_iban
from tests.e2e.conftest import World
from tests.e2e.test_bad_input import invoice_body
from tests.e2e.test_bad_luck import wait_for

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]

INBOX = "inbox/bank/bank-treasury/"
DUE = "12.500"
LINE = {"description": "Renewal fee", "description_ar": "رسم التجديد", "amount": 12_500}
STORIES: dict[str, dict[str, Any]] = {
    "virtual": {},
    "text": {"virtual_iban": "", "structured_reference": ""},
    "wrong_digit": {"scenario": "wrong_digit"},
    "wrong_amount": {"scenario": "wrong_amount"},
    "overpaid": {"scenario": "overpaid"},
    "reversed": {"scenario": "reversed"},
    "late": {"scenario": "late", "days": 4},
    "foreign": {"scenario": "foreign_currency"},
    "unnamed": {"scenario": "no_reference"},
    "unnumbered": {"scenario": "no_bank_reference"},
    "batched": {"scenario": "batched"},
}


@dataclass
class Bank:
    """The bank at the sandbox, and one invoice per story."""

    world: World
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)

    def instructions(self, story: str) -> dict[str, Any]:
        found: dict[str, Any] = self.world.api().get(f"/v1/invoices/{self.invoices[story]['reference']}/transfer")
        return found

    def transfer(self, story: str, changes: dict[str, Any]) -> None:
        told = self.instructions(story)
        order = {
            "account": TRANSFER_IBAN,
            "amount": DUE,
            "virtual_iban": told["iban"],
            "structured_reference": told["creditor_reference"],
            "remittance": f"فاتورة {told['reference'][:6]} {told['reference'][6:]}",
            "remitter_iban": "BH57NBOB00001234567890",
        }
        url = f"{self.world.sandbox.url}/sandbox/transfers"
        answer = httpx.post(url, json=order | changes, timeout=30, trust_env=False)
        answer.raise_for_status()
        self.sent[story] = answer.json()["transfers"][0]

    def deliver(self, name: str, content: bytes | None = None, source: str = "") -> None:
        if content is None:
            url = f"{self.world.sandbox.url}/sandbox/bank-files/{TRANSFER_IBAN}/{source or name}"
            content = httpx.get(url, timeout=30, trust_env=False).raise_for_status().content
        self._storage.put_object(Bucket=self._bucket, Key=f"{INBOX}{name}", Body=content)

    def keys(self, prefix: str) -> list[str]:
        found = self._storage.list_objects_v2(Bucket=self._bucket, Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in found]

    def is_worked_off(self) -> bool:
        return not self.keys(INBOX)

    def invoice(self, story: str) -> dict[str, Any]:
        found: dict[str, Any] = self.world.api().get(f"/v1/invoices/{self.invoices[story]['reference']}")
        return found

    def payments(self, story: str) -> list[dict[str, Any]]:
        reference = self.invoices[story]["reference"]
        found: list[dict[str, Any]] = self.world.api().get("/v1/payments", reference=reference)["items"]
        return found

    def cases(self, state: str = "open") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world.api("finance").get("/v1/suspense", state=state, limit=100)["items"]
        return found

    def case_of(self, story: str, state: str = "open") -> dict[str, Any]:
        """By the bank's own reference, which the attempt that holds the money names."""
        for case in self.cases(state):
            payment = self.world.api("finance").get(f"/v1/payments/{case['payment_id']}")
            if payment["gateway_transaction"] == self.sent[story]["bank_reference"]:
                return case
        raise AssertionError(f"no {state} case for {story}")

    def balance(self, account: str) -> int:
        today = business_date(datetime.now(UTC)).isoformat()
        rows = self.world.api("finance").get("/v1/ledger/trial-balance", on=today)["accounts"]
        return sum(row["debit"] - row["credit"] for row in rows if row["account"] == account)

    @property
    def _storage(self) -> Any:
        return self.world.platform.client("s3")

    @property
    def _bucket(self) -> str:
        return str(self.world.platform.outputs["BucketName"])


@pytest.fixture(scope="module")
def bank(world: World) -> Bank:
    bank = Bank(world)
    for story in STORIES:  # the orders come below
        bank.invoices[story] = world.api().post(
            "/v1/invoices", invoice_body(lines=[LINE]), idempotency_key=f"transfer-{story}", expect=201
        )
    for story, changes in STORIES.items():
        bank.transfer(story, changes)
    bank.deliver("1-camt054.xml", source="camt054.xml")
    bank.deliver("2-broken.xml", b"<Document><BkToCstmrStmt/></Document>")
    wait_for(bank.is_worked_off)
    bank.deliver("3-camt053.xml", source="camt053.xml")
    bank.deliver("4-camt054.xml", source="camt054.xml")
    wait_for(bank.is_worked_off)
    return bank


def test_the_invoice_says_where_to_transfer_to(bank: Bank) -> None:
    told = bank.instructions("virtual")

    assert is_iban(told["iban"])
    assert told["is_virtual"]
    assert told["creditor_reference"].endswith(told["reference"])
    assert [bool(step["text_ar"]) for step in told["steps"]] == [True, True, True]


@pytest.mark.parametrize("story", ["virtual", "text", "late", "overpaid", "unnumbered", "batched"])
def test_a_transfer_that_names_its_invoice_pays_it(bank: Bank, story: str) -> None:
    """By virtual account or by text; days late; more than due; told only by the statement; in a batch."""
    assert bank.invoice(story)["state"] == "paid"
    (payment, *others) = bank.payments(story)
    assert (payment["state"], payment["method"], payment["is_final"]) == ("succeeded", "bank_transfer", True)
    assert [other["disposition"] for other in others] == (["overpaid"] if story == "batched" else [])


def test_what_was_more_than_due_is_the_payers(bank: Bank) -> None:
    (payment,) = bank.payments("overpaid")

    shares = {share["disposition"]: share["amount"] for share in payment["lines"][0]["shares"]}

    assert shares == {"allocated": 12_500, "overpaid": 100}


def test_what_the_bank_took_back_is_owed_again(bank: Bank) -> None:
    assert bank.invoice("reversed")["outstanding"] == 12_500
    (payment,) = bank.payments("reversed")
    assert payment["state"] == "reversed"


def test_a_broken_file_is_set_aside_with_its_reason(bank: Bank) -> None:
    keys = [key for key in bank.keys("quarantine/bank/bank-treasury/") if key.endswith("2-broken.xml.json")]

    assert len(keys) == 1


def test_what_fits_nothing_waits_for_a_person(bank: Bank) -> None:
    """Wrong digit, nothing named, too little, dollars: each once, though told three times."""
    reasons = {story: bank.case_of(story)["reason"]["code"] for story in ("wrong_amount", "foreign", "unnamed")}

    assert reasons == {"wrong_amount": "wrong_amount", "foreign": "wrong_currency", "unnamed": "no_reference"}
    names = [case["payment_id"] for case in bank.cases()]
    assert len(names) == len(set(names))


def test_one_proposes_and_another_confirms(bank: Bank) -> None:
    """A wrong digit suggests the invoice; a key, the same person and a stale view are refused; then it is paid."""
    case = bank.case_of("wrong_digit")
    path, reference = f"/v1/suspense/{case['case_id']}", bank.invoices["wrong_digit"]["reference"]
    before = bank.balance("suspense:bank_transfer")
    with bank.world.person("finance_maker") as maker, bank.world.person("finance_checker") as checker:
        detail = maker.get(path).json()
        assert {one["reference"]: one["reasons"][0]["code"] for one in detail["suggestions"]}[reference] == (
            "one_digit_wrong"
        )
        assert detail["remitter"] == {"name": "M••• A•••", "iban": "BH57**************7890"}
        order = {"reference": reference, "seen_left": 12_500}
        with bank.world.http("finance") as key:
            assert key.post(f"{path}/allocate", json=order).status_code == 403
        assert maker.post(f"{path}/allocate", json=order | {"seen_left": 1}).status_code == 412
        assert maker.post(f"{path}/allocate", json=order).json()["state"] == "proposed"
        refused = maker.post(f"{path}/confirm")
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "same-person")
        done = checker.post(f"{path}/confirm")
        assert done.status_code == 200, done.text

    assert (done.json()["state"], done.json()["checker"]) == ("allocated", "local-finance-checker")
    assert bank.invoice("wrong_digit")["state"] == "paid"
    assert bank.balance("suspense:bank_transfer") - before == 12_500


def test_it_goes_back_to_its_sender_with_two_people(bank: Bank) -> None:
    case = bank.case_of("unnamed")
    path = f"/v1/suspense/{case['case_id']}"
    with bank.world.person("finance_maker") as maker, bank.world.person("finance_checker") as checker:
        proposed = maker.post(f"{path}/return", json={"seen_left": 12_500, "reason": "Meant for somebody else"})
        assert proposed.status_code == 200, proposed.text
        refund_id = proposed.json()["proposal"]["target"]
        assert checker.post(f"{path}/confirm").status_code == 422
        if checker.get(f"/v1/refunds/{refund_id}").json()["state"] == "requested":
            assert checker.post(f"/v1/refunds/{refund_id}/approve").status_code == 200

        def is_returned() -> bool:
            return bool(maker.get(path).json()["state"] == "returned")

        assert wait_for(is_returned)
        assert maker.get(f"/v1/refunds/{refund_id}").json()["state"] == "completed"


def test_another_agencys_person_sees_none_of_it(bank: Bank) -> None:
    case = bank.case_of("wrong_amount")
    with bank.world.person("agency_accountant") as accountant:
        assert accountant.get("/v1/suspense").status_code == 200
        own = accountant.get(f"/v1/suspense/{case['case_id']}")
    with bank.world.http("agency_traffic") as stranger:
        assert stranger.get(f"/v1/suspense/{case['case_id']}").status_code == 404
    assert own.status_code == 200  # the money lies on its own invoice


def test_the_same_files_a_week_later_change_nothing(bank: Bank) -> None:
    before = bank.balance("gateway_clearing:bank_transfer:bank-treasury")
    bank.deliver("5-camt054.xml", source="camt054.xml")
    bank.deliver("6-mt940.sta", source="mt940.sta")
    wait_for(bank.is_worked_off)

    assert bank.balance("gateway_clearing:bank_transfer:bank-treasury") == before
