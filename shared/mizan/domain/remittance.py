"""Payment references in what a payer wrote to the bank: found where they are right, guessed at where they are not.

A payer types the number with spaces and hyphens, in Arabic digits, after words, and now and then wrongly. What has the
right check digits is a reference; what almost has is a suggestion for a person, never a match.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from mizan.domain.references import REFERENCE_LENGTH, is_reference
from mizan.domain.transfers import reference_of_creditor_reference, reference_of_virtual_iban

TEXT_LENGTH_MAX = 1_000
"""Characters of a remittance text that are looked at; ISO 20022 gives 140, banks repeat and add."""

NUMBER_COUNT_MAX = 20
"""Numbers of one length that are looked at in one text."""

CANDIDATE_COUNT_MAX = 40
"""Repaired candidates that may be looked up for one text."""

_GAP = r"[\s\-./_:]{0,3}"
_RUN = re.compile(rf"[0-9]+(?:{_GAP}[0-9]+)*")
_GROUP = re.compile(r"[0-9]+")
_CREDITOR = re.compile(rf"(?<![A-Z0-9])R{_GAP}F{_GAP}(?=[0-9])")
_IBAN = re.compile(rf"(?<![A-Z0-9])BH(?:{_GAP}[A-Z0-9]){{20}}(?![A-Z0-9])")


class Repair(StrEnum):
    """What was assumed to be wrong with a number."""

    ONE_DIGIT = "one_digit_wrong"
    TRANSPOSED = "two_digits_swapped"
    MISSING = "one_digit_missing"
    EXTRA = "one_digit_too_many"


@dataclass(frozen=True, slots=True)
class Repaired:
    """A reference that a wrong number may have meant: its check digits fit. Whether it exists is another question."""

    reference: str
    repair: Repair


def plain(text: str) -> str:
    """Capitals, and every script's digits as ASCII ones."""
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text[:TEXT_LENGTH_MAX].upper()
    )


def references_in(text: str) -> tuple[str, ...]:
    """References with right check digits, whole numbers only, in the order written, each once: creditor references
    first, for these were meant.
    """
    clean = plain(text)
    found = [*_creditor_references(clean), *_numbers(clean, REFERENCE_LENGTH)]
    return tuple(dict.fromkeys(reference for reference in found if is_reference(reference)))


def virtual_ibans_in(text: str, prefix: str) -> tuple[str, ...]:
    """References of the virtual IBANs of our range that stand in a text, each once."""
    compact = (re.sub(r"[^A-Z0-9]", "", match[0]) for match in _IBAN.finditer(plain(text)))
    found = (reference_of_virtual_iban(iban, prefix) for iban in compact)
    return tuple(dict.fromkeys(reference for reference in found if reference is not None))


def repaired_in(text: str) -> tuple[Repaired, ...]:
    """What wrong numbers in a text may have meant, the likeliest mistakes first. Bounded; no reference that stands
    there rightly is repaired.
    """
    clean, found = plain(text), dict[str, Repaired]()
    for length, repairs in _REPAIRS:
        for number in _numbers(clean, length):
            if is_reference(number):
                continue
            for repair, variants in repairs:
                for reference in filter(is_reference, variants(number)):
                    found.setdefault(reference, Repaired(reference, repair))
    return tuple(found.values())[:CANDIDATE_COUNT_MAX]


def _creditor_references(text: str) -> Iterator[str]:
    for match in _CREDITOR.finditer(text):
        run = _RUN.match(text, match.end())
        digits = "".join(_GROUP.findall(run[0])) if run else ""
        reference = reference_of_creditor_reference(f"RF{digits[:20]}")
        if reference is not None:
            yield reference


def _numbers(text: str, length: int) -> list[str]:
    """Numbers of that many digits which begin and end where digits were grouped: a piece of a longer number is none."""
    return list(islice(_every_number(text, length), NUMBER_COUNT_MAX))


def _every_number(text: str, length: int) -> Iterator[str]:
    for run in _RUN.finditer(text):
        groups = _GROUP.findall(run[0])
        for start in range(len(groups)):
            number = ""
            for group in groups[start:]:
                number += group
                if len(number) >= length:
                    break
            if len(number) == length:
                yield number


def _one_digit(number: str) -> Iterator[str]:
    for position, digit in enumerate(number):
        for other in "0123456789":
            if other != digit:
                yield number[:position] + other + number[position + 1 :]


def _transposed(number: str) -> Iterator[str]:
    for position in range(len(number) - 1):
        first, second = number[position], number[position + 1]
        if first != second:
            yield number[:position] + second + first + number[position + 2 :]


def _missing(number: str) -> Iterator[str]:
    for position in range(len(number) + 1):
        for digit in "0123456789":
            yield number[:position] + digit + number[position:]


def _extra(number: str) -> Iterator[str]:
    for position in range(len(number)):
        yield number[:position] + number[position + 1 :]


_REPAIRS = (
    (REFERENCE_LENGTH, ((Repair.TRANSPOSED, _transposed), (Repair.ONE_DIGIT, _one_digit))),
    (REFERENCE_LENGTH - 1, ((Repair.MISSING, _missing),)),
    (REFERENCE_LENGTH + 1, ((Repair.EXTRA, _extra),)),
)
