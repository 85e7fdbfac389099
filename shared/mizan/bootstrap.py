"""The only place that wires things. A factory imports its adapter when called: a function loads only what it uses."""

import os
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mizan.application import ports


def environment(name: str) -> str:
    """A setting that the template gives the function. Raises KeyError, naming it, where the template forgot it."""
    return os.environ[name]


@cache
def dynamodb() -> Any:
    from mizan.adapters.aws.session import client

    return client("dynamodb")


def table_name() -> str:
    return environment("MIZAN_TABLE")


@cache
def clock() -> "ports.Clock":
    from mizan.adapters.aws.clock import SystemClock

    return SystemClock()
