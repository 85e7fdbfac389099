"""Stage a folder beside its place, then swap it in; skip it when its inputs did not change."""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.build.targets import BuildError, Target

_FORMAT = "4"  # raise it when the build itself changes what it makes


def digest_of(files: Iterable[Path], target: Target, relative_to: Path) -> str:
    """One hash over the names and bytes of the inputs, the target, and the build's own version."""
    digest = hashlib.sha256(f"{_FORMAT}\0{target.name}".encode())
    for path in sorted(files):
        digest.update(f"\0{path.relative_to(relative_to)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def swap_in(place: Path, stamp: str, fill: Callable[[Path], None]) -> bool:
    """Fill a fresh folder and put it at `place`; False when the stamp says that `place` is already right.

    The stamp lies beside the folder (`<place>.stamp`), so the artifact holds nothing but what ships.
    """
    stamp_file = place.with_name(f"{place.name}.stamp")
    if place.is_dir() and stamp_file.exists() and stamp_file.read_text() == stamp:
        return False
    fresh = place.with_name(f"{place.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    fill(fresh)
    stamp_file.unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    fresh.rename(place)
    stamp_file.write_text(stamp)
    return True


@contextmanager
def only_one_build(build_dir: Path) -> Iterator[None]:
    """Two builds of one tree take turns."""
    build_dir.mkdir(parents=True, exist_ok=True)
    with (build_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def compile_bytecode(folder: Path, target: Target) -> None:
    """Ship `unchecked-hash` bytecode: it stays valid whatever happens to file times, so no cold start compiles."""
    command = [
        str(target.python),
        "-I",
        "-m",
        "compileall",
        "-f",
        "-q",
        "-j",
        "0",
        "--invalidation-mode",
        "unchecked-hash",
    ]
    run([*command, "-s", str(folder), str(folder)], f"bytecode of {folder.name}")


def run(command: list[str], what: str) -> None:
    """Run a build step; BuildError carries what it printed."""
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if answer.returncode != 0:
        raise BuildError(f"{what} failed:\n{answer.stdout}{answer.stderr}")
