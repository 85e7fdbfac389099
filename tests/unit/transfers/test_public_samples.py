"""Banks' public samples, where they are at hand: those that tie are read, the others are set aside with a reason."""

import os
from pathlib import Path

import pytest

from mizan.adapters.statements.bank_files.reading import read_bank_file
from mizan.domain.errors import QuarantinedFileError

FOLDER = Path(os.environ.get("MIZAN_SAMPLE_STATEMENTS", "/work/shared/data/statements"))

READ = {
    "camt053_abnamro.xml": (24, 4),
    "camt053_dup_same_day_golden.xml": (0, 2),
    "camt053_v02_genkgo_multi_statement.xml": (1, 1),
    "camt054_postfinance_returns.xml": (1, 0),
    "camt054_v08_genkgo.xml": (0, 1),
    "mt940_danske_dk.sta": (8, 81),
    "mt940_february_30.sta": (0, 1),
    "synthetic_mt940_BHD_RC_RD.sta": (2, 2),
}
"""File → credits (reversals among them) and debits."""

REFUSED = {
    "camt053_multicurrency_golden.xml": "several_accounts",
    "camt053_postfinance_ch.xml": "statement_unbalanced",
    "camt053_v02_genkgo_all_balance_types.xml": "statement_unbalanced",
    "camt053_v02_goldman_us.xml": "statement_unbalanced",
    "camt053_v04_genkgo.xml": "statement_unbalanced",
    "camt053_v08_genkgo.xml": "statement_unbalanced",
    "camt053_v08_lt_bank_2024-03-12.xml": "date",
    "mt940_abnamro.sta": "statement_unbalanced",
    "mt940_commerzbank.txt": "statement_unbalanced",
    "mt940_postfinance.sta": "statement_unbalanced",
    "mt940_sepa_betterplace.sta": "several_accounts",
}
"""Hand-edited and anonymised samples: what does not tie is not used."""


def _sample(name: str) -> bytes:
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"{name} is not at hand")
    return path.read_bytes()


@pytest.mark.parametrize("name", READ)
def test_a_sample_that_ties_is_read(name: str) -> None:
    file = read_bank_file(_sample(name))

    assert (len(file.credits), file.debit_count) == READ[name]
    assert all(credit.amount > 0 for credit in file.credits)


@pytest.mark.parametrize("name", REFUSED)
def test_a_sample_that_does_not_hold_together_is_set_aside(name: str) -> None:
    content = _sample(name)

    with pytest.raises(QuarantinedFileError) as refused:
        read_bank_file(content)

    assert REFUSED[name] in {error.code for error in refused.value.lines}
