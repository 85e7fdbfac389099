"""No line of a log holds a person or a secret, however it got there."""

import io
import json

import pytest

from mizan.entrypoints.masking import MASK, masked
from mizan.entrypoints.observability import correlate, count, flush, logger, worker

KEY = "mzk_" + "a" * 43
REFERENCE = "482019374650192753"


@pytest.mark.parametrize(
    "name",
    [
        "cpr",
        "phone",
        "email",
        "name",
        "name_ar",
        "customer",
        "beneficiary",
        "iban",
        "identifier",
        "cash_code",
        "Authorization",
        "X-Api-Key",
    ],
)
def test_a_field_of_that_name_is_starred_at_any_depth(name: str) -> None:
    """Whatever is in it."""
    assert masked({"invoice": [{name: {"a": "b"}, "amount": 1}]}) == {"invoice": [{name: MASK, "amount": 1}]}


@pytest.mark.parametrize(
    "secret",
    [
        "900112345",
        "+97333000000",
        "maryam.ali+x@example.bh",
        "4820193746501927",
        "BH67BMAG00001299123456",
        KEY,
        "whsec_" + "b" * 44,
    ],
    ids=str,
)
def test_what_has_the_shape_of_a_person_or_a_key_is_starred_in_any_text(secret: str) -> None:
    """An exception's text, a message, a value under any name."""
    assert masked(f"bad value {secret!r} given") == f"bad value '{MASK}' given"


@pytest.mark.parametrize(
    "text",
    [
        REFERENCE,
        f"pay_{REFERENCE}000001",
        "2026-03-01T09:00:00.123456+00:00",
        "6f1d2c3b-900112345-4b5c",
        "key_0123456789abcdef",
        "12.500",
    ],
)
def test_what_operators_need_stays_readable(text: str) -> None:
    """References, ids, instants and amounts are how a line is found."""
    assert masked(text) == text


def test_what_is_not_plain_data_is_masked_as_its_text() -> None:
    """An exception or an object is written by its text: that may hold anything."""
    assert masked({"error": ValueError("for 900112345")}) == {"error": f"for {MASK}"}


def test_a_logged_exception_is_masked(logged_lines: io.StringIO) -> None:
    """Tracebacks end in the exception's text."""
    try:
        raise ValueError("customer 900112345 +97333000000")
    except ValueError:
        logger.exception("failed")

    line = json.loads(logged_lines.getvalue())
    assert line["exception"].endswith(f"ValueError: customer {MASK} {MASK}")
    assert "900112345" not in logged_lines.getvalue()


def test_a_worker_logs_a_closing_line_under_its_correlation_id(logged_lines: io.StringIO) -> None:
    """The id that the work carries, from the moment it is known."""

    @worker
    def handler(event: dict[str, str], context: object) -> str:
        correlate(event["id"])
        return "answer"

    assert handler({"id": "agency-7"}, None) == "answer"
    line = json.loads(logged_lines.getvalue())
    assert (line["message"], line["correlation_id"], line["level"]) == ("done", "agency-7", "INFO")


def test_a_worker_that_fails_logs_it_and_fails(logged_lines: io.StringIO) -> None:
    """The queue must see the failure, or the message is lost."""

    @worker
    def handler(event: dict[str, str], context: object) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        handler({}, None)
    assert json.loads(logged_lines.getvalue())["exception_name"] == "RuntimeError"


def test_counts_of_a_call_are_one_metric_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Embedded Metric Format: the namespace, the unit, the sum."""
    count("Tested")
    count("Tested", 2)
    flush()

    document = json.loads(capsys.readouterr().out)
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Mizan"
    assert directive["Metrics"] == [{"Name": "Tested", "Unit": "Count"}]
    assert sum(document["Tested"]) == 3
    assert document["service"] == "mizan"


def test_a_count_with_dimensions_is_written_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """One document has one set of dimensions."""
    count("Resolved", state="succeeded")
    flush()

    document = json.loads(capsys.readouterr().out)
    assert (document["state"], document["service"], document["Resolved"]) == ("succeeded", "mizan", [1.0])
    assert sorted(document["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) == ["service", "state"]


def test_nothing_counted_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """And warns of nothing."""
    flush()

    assert capsys.readouterr().out == ""
