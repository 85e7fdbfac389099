"""What the artifacts are built for: this machine, or Lambda on Graviton."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


class BuildError(Exception):
    """The artifacts cannot be built, or must not be shipped; the message says why."""


@dataclass(frozen=True)
class Target:
    """`uv_flags` choose the wheels; `python` compiles the bytecode, and only the same minor version reads it."""

    name: str
    python: Path
    uv_flags: tuple[str, ...]


def uv_path() -> Path:
    """The `uv` beside this interpreter, or else the one on PATH."""
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise BuildError("uv is not installed: run `make install`")
    return Path(found)


def host_target() -> Target:
    """This interpreter and platform: what the embedded engine runs functions with, whatever Runtime says."""
    python = Path(sys.executable)
    return Target(
        f"host-{sys.implementation.cache_tag}-{sys.platform}",
        python,
        ("--python", str(python), "--only-binary", ":all:"),
    )


def aarch64_target() -> Target:
    """Lambda's python3.13 on arm64: Amazon Linux 2023 has glibc 2.34."""
    answer = subprocess.run(  # noqa: S603 - fixed arguments
        [str(uv_path()), "python", "find", "--no-project", "3.13"], capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise BuildError("bytecode for Lambda needs a Python 3.13 on this machine: `uv python install 3.13`")
    flags = ("--python-version", "3.13", "--python-platform", "aarch64-manylinux_2_34", "--only-binary", ":all:")
    return Target("aarch64-cpython-313", Path(answer.stdout.strip()), flags)


TARGETS = {"host": host_target, "aarch64": aarch64_target}
