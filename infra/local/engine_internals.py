"""Every private name of ministack that the local runner leans on, in one place; `missing_names` is tested.

Imported only inside the engine's own process: importing ministack reads its whole configuration from the environment.
"""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

STREAMS_STATE = "mizan_streams"  # our own file beside the engine's: see `_pending_stream_records`
_SETTLED = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
_PRIVATE = {
    "app": ("app", "_build_persistence_save_dict"),
    "core.persistence": ("_json_default", "_json_object_hook", "_state_format_version"),
    "core.lambda_runtime": ("reset",),
    "services.cloudformation": ("_stacks",),
    "services.dynamodb": ("_stream_records", "_stream_trimmed"),
    "services.eventbridge": ("_SCHEDULER_TICK_INTERVAL", "_parse_rate_seconds"),
    "services.lambda_svc": ("_dynamodb_stream_positions", "CODE_BLOB_DIR"),
    "services.scheduler": ("_SCHEDULE_TICK_INTERVAL",),
}


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"ministack.{name}")


def missing_names() -> list[str]:
    """The private names that this version of ministack does not have; empty when all is well."""
    return [
        f"{module}.{name}" for module, names in _PRIVATE.items() for name in names if not hasattr(_module(module), name)
    ]


def asgi_app() -> Any:
    """The engine itself, an ASGI application."""
    return _module("app").app


def tick_every(seconds: float) -> None:
    """Let schedules be looked at this often; the engine's own ten seconds make a rate of one minute drift."""
    vars(_module("services.scheduler"))["_SCHEDULE_TICK_INTERVAL"] = seconds
    vars(_module("services.eventbridge"))["_SCHEDULER_TICK_INTERVAL"] = seconds


def let_minutes_last(seconds: float) -> None:
    """Let a minute of a rate last so long: sixty, or fewer where nobody will wait for a whole one."""
    eventbridge = vars(_module("services.eventbridge"))
    usual = eventbridge["_parse_rate_seconds"]

    def rate_seconds(expression: str) -> float | None:
        found = usual(expression)
        return None if found is None else found * seconds / 60

    eventbridge["_parse_rate_seconds"] = rate_seconds


def stop_workers() -> None:
    """End the functions' processes."""
    _module("core.lambda_runtime").reset()


def is_settled() -> bool:
    """Whether a stack is deployed and none is being changed: only then is the state worth keeping."""
    statuses = {stack["StackStatus"] for stack in _module("services.cloudformation")._stacks.all_values()}
    return bool(statuses) and statuses <= _SETTLED


def capture_states() -> dict[str, Any]:
    """Service → its state as the engine's files hold it. Call it on the event loop, where nothing else changes it."""
    version = _module("core.persistence")._state_format_version
    streams = _pending_stream_records()
    states: dict[str, Any] = {STREAMS_STATE: streams}
    saves: dict[str, Callable[[], Any]] = _module("app")._build_persistence_save_dict()
    for name, get_state in saves.items():
        if (state := get_state()) is not None and not _is_empty(state):
            states[name] = {"__ministack_format__": version(name), "payload": state}
    return states


def _is_empty(state: Any) -> bool:
    """Whether nothing is in it: most of the engine's ninety services are never used, and loading each costs a start."""
    inner = getattr(state, "_data", state)  # a scoped store's own truth looks at one account and region
    if isinstance(inner, dict):
        return all(_is_empty(value) for value in inner.values())
    return not inner


def json_default(value: Any) -> Any:
    """The engine's own encoding of what JSON cannot say."""
    return _module("core.persistence")._json_default(value)


def code_folder() -> Path:
    """Where the engine keeps the functions' code, one file per content."""
    return Path(_module("services.lambda_svc").CODE_BLOB_DIR)


def _pending_stream_records() -> dict[str, Any]:
    """Stream records that no function has had yet.

    The engine saves how far each function has read and not the records, so after a restart it would skip as many new
    changes as were read before. Kept here: the unread records, and the count of those before them.
    """
    dynamodb, functions = _module("services.dynamodb"), _module("services.lambda_svc")
    positions = [value for _, value in functions._dynamodb_stream_positions.all_items()]
    read = min(positions, default=0)
    kept, before = type(dynamodb._stream_records)(), type(dynamodb._stream_trimmed)()
    for key, records in dynamodb._stream_records.all_items():
        trimmed = dynamodb._stream_trimmed.get_scoped(*key, 0)
        skipped = max(0, read - trimmed)
        kept.set_scoped(*key, list(records[skipped:]))
        before.set_scoped(*key, trimmed + min(skipped, len(records)))
    return {"records": kept, "before": before}


def restore_stream_records(text: str) -> None:
    """Put back what `_pending_stream_records` kept, before the engine reads its own files."""
    dynamodb = _module("services.dynamodb")
    saved = json.loads(text, object_hook=_module("core.persistence")._json_object_hook)
    dynamodb._stream_records.update(saved["records"])
    dynamodb._stream_trimmed.update(saved["before"])
