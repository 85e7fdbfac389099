"""The documentation says what the code says."""

from infra.docs.diagrams import TARGET, document


def test_the_state_diagrams_in_docs_are_those_of_the_tables() -> None:
    """docs/states.md is generated; an edge added to a table without regenerating it is caught here."""
    written = TARGET.read_text(encoding="utf-8")

    assert written == document()
