"""What the caller is told when every rail of a method is down."""

from mizan.domain.errors import MethodUnavailableError
from mizan.entrypoints.problems import problem_of


def test_the_problem_names_the_methods_that_are_open() -> None:
    """503, in both languages, with when to come again: another method or a minute's patience helps."""
    problem = problem_of(MethodUnavailableError("debit_card", ("wallet", "kiosk")))
    document = problem.as_document("corr-1", "req-1")

    assert (document["status"], document["type"].rpartition("/")[2]) == (503, "method-unavailable")
    assert (document["method"], document["available"]) == ("debit_card", ["wallet", "kiosk"])
    assert "متوقفة" in document["title_ar"]
    assert problem.headers == {"Retry-After": "60"}
