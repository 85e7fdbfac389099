"""Any bytes are a bank's file or are refused with reasons; nothing else ever comes out of the readers.

MIZAN_FUZZ_COUNT sets how many mutated messages are tried (default 300).
"""

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mizan.adapters.statements.bank_files.reading import read_bank_file
from mizan.domain.bank_file_errors import BANK_FILE_ERRORS
from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.incoming_credits import IncomingCredit
from tests.unit.transfers.files import CamtEntry, CamtFile, balance, mt940, mt940_entry, transaction

COUNT = int(os.environ.get("MIZAN_FUZZ_COUNT", "300"))

GOOD = (
    CamtFile(
        (CamtEntry(details=transaction(unstructured="482019374650192796")), CamtEntry(direction="DBIT"))
    ).content(),
    CamtFile(
        (CamtEntry(details=transaction("10.000") + transaction("2.500")),),
        kind="053",
        balances=balance("OPBD", "1.000") + balance("CLBD", "13.500"),
    ).content(),
    mt940(
        mt940_entry(details="/NAME/Maryam/REMI/482019374650192796"),
        mt940_entry("5,000", "RC", "B2"),
        closing="1007,500",
    ),
)


def _outcome(content: bytes) -> str:
    """read, or the first reason; raises whatever else the reader raised."""
    refused: tuple[LineError, ...] = ()
    credits: tuple[IncomingCredit, ...] = ()
    try:
        credits = read_bank_file(content).credits
    except QuarantinedFileError as error:
        refused = error.lines or (LineError(0, "no reason given"),)
    assert {line.code for line in refused} <= BANK_FILE_ERRORS.keys()
    assert all(credit.amount > 0 and len(credit.currency) == 3 for credit in credits)
    return refused[0].code if refused else "read"


def _mutated(content: bytes, source: random.Random) -> bytes:
    """One to four bytes, pieces or digits changed."""
    changed = bytearray(content)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(changed))
        kind = source.randrange(5)
        if kind == 0:
            changed[at] = source.randrange(256)
        elif kind == 1:
            del changed[at : at + source.randint(1, 40)]
        elif kind == 2:
            changed[at:at] = changed[at : at + source.randint(1, 60)]
        elif kind == 3:
            changed[at:at] = source.choice(
                [b"<", b"&", b"\n:61:", b"\n:86:", b"]]>", b"\xff\xfe", b"-", b",", b"\n:62F:"]
            )
        else:
            changed[at] = ord(source.choice("0123456789"))
        if not changed:
            return b""
    return bytes(changed)


@given(st.binary(max_size=400))
@settings(max_examples=min(COUNT, 2_000), deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    _outcome(content)


@given(st.sampled_from(GOOD), st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=min(COUNT, 2_000), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_piece_of_a_good_file_is_read_or_refused(content: bytes, start: int, length: int) -> None:
    _outcome(content[start % len(content) :][:length])


def test_mutated_messages_are_read_or_refused() -> None:
    source = random.Random(20261125)  # noqa: S311  # repeatable, not secret

    outcomes = [_outcome(_mutated(source.choice(GOOD), source)) for _ in range(COUNT)]

    assert "read" in outcomes
    assert len(set(outcomes)) > 3


@pytest.mark.parametrize("content", GOOD)
def test_the_seeds_themselves_are_good(content: bytes) -> None:
    assert _outcome(content) == "read"
