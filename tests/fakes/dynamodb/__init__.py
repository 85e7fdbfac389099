"""DynamoDB in memory, for tests that want the production adapters and no engine.

`fresh_dynamodb()` gives a client and the name of an empty table with the template's schema; nothing is shared between
calls. The contract suites hold it to what the engines do (tests/contract/store, test_simulated_dynamodb.py).
"""

from typing import Any

from tests.engines import create_table
from tests.fakes.dynamodb.client import SimulatedDynamo

__all__ = ["SimulatedDynamo", "fresh_dynamodb"]


def fresh_dynamodb(**options: Any) -> tuple[SimulatedDynamo, str]:
    """A client and its table. `options` are `SimulatedDynamo`'s: `now`, `lag`, `page_length`."""
    client = SimulatedDynamo(**options)
    return client, create_table(client)
