"""The main job, the way a newcomer runs it, with every function under its own IAM role."""

import json
import os
import subprocess
import sys
from pathlib import Path

from infra.local.platform import Ports
from infra.local.sandbox import DEFAULT_INTERPRETER
from tests.requirements import require

ROOT = Path(__file__).resolve().parents[2]
DAY_TIMEOUT_SECONDS = 1_200


def test_a_sample_day_comes_out_right_under_least_privilege(tmp_path: Path) -> None:
    """`demo` exits 0 and its summary names every fils: 97.000 captured, 91.250 the agency's, 5.750 paid twice; half a
    per cent of what was owed, and its VAT, are the treasury's to bear.
    """
    require(DEFAULT_INTERPRETER.exists(), "the sandbox gateway's environment is not installed (make install)")
    ports, other = Ports.free(), Ports.free()
    arguments = ["--state-dir", str(tmp_path), "--enforce-iam"]
    arguments += ["--api-port", str(ports.api), "--engine-port", str(ports.engine), "--sandbox-port", str(other.api)]
    arguments += ["--issuer-port", str(ports.issuer)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "shared")}

    done = subprocess.run(  # noqa: S603  # our own module
        [sys.executable, "-m", "infra.local", *arguments, "demo"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=DAY_TIMEOUT_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    summary = json.loads((tmp_path / "demo" / "summary.json").read_text("utf-8"))
    states = {invoice["story"]: (invoice["state"], invoice["outstanding"]) for invoice in summary["invoices"]}
    assert states == {
        "paid": ("paid", 0),
        "declined": ("paid", 0),
        "lost": ("paid", 0),
        "twice": ("paid", 0),
        "cancelled": ("cancelled", 100_000),
        "open": ("issued", 50_500),
    }
    balances = {account["account"]: account["balance"] for account in summary["trial_balance"]["accounts"]}
    assert balances == {
        "gateway_clearing:benefit:benefit-moic": 97_000,
        "agency_payable:moic": -91_250,
        "overpayment:moic": -5_750,
        "fees_collected:benefit": -457,
        "fee_vat": -46,
        "treasury_fees": 503,
    }
    assert (tmp_path / "demo" / "report.xlsx").stat().st_size > 0
    local = json.loads((tmp_path / "local.json").read_text("utf-8"))
    assert {name: person["role"] for name, person in local["people"].items()} == {
        "finance_maker": "finance",
        "finance_checker": "finance",
        "agency_accountant": "agency_accountant",
        "operator": "operator",
    }
    assert local["issuer_url"] == f"http://127.0.0.1:{ports.issuer}"
