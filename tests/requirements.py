"""What a test needs and this machine may lack: one rule for everyone.

A missing tool skips with its reason, so that a laptop without it can still run the rest. `MIZAN_REQUIRE_ALL=1` turns
every such skip into a failure, so that nothing is skipped unseen where everything must run.
"""

import os
import shutil
from pathlib import Path

import pytest

REQUIRE_ALL = "MIZAN_REQUIRE_ALL"


def require(condition: object, reason: str) -> None:
    """Go on where `condition` holds; else skip with `reason`, or fail with it under MIZAN_REQUIRE_ALL=1."""
    if condition:
        return
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(f"{REQUIRE_ALL}=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def find_dynoxide() -> str | None:
    """The dynoxide binary: MIZAN_DYNOXIDE, else this repository's node_modules, else the PATH."""
    named = os.environ.get("MIZAN_DYNOXIDE")
    if named:
        return named if Path(named).is_file() else None
    modules = Path(__file__).parents[1] / "node_modules"
    candidates = (modules / ".bin" / "dynoxide", modules / "@dynoxide" / "linux-x64" / "dynoxide")
    return next((str(candidate) for candidate in candidates if candidate.is_file()), shutil.which("dynoxide"))
