"""Stage `.build/layers/<name>/python` from `requirements/<name>.lock`, hashes required."""

import re
import shutil
from pathlib import Path

from infra.build.paths import ROOT
from infra.build.staging import compile_bytecode, digest_of, run, swap_in
from infra.build.targets import BuildError, Target, uv_path

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ \\;]+)")


def pins_of(lock: str) -> dict[str, str]:
    """Package → version pinned by a lock's text."""
    return {found["name"]: found["version"] for line in lock.splitlines() if (found := _PIN.match(line))}


def without_packages(lock: str, left_out: dict[str, str]) -> str:
    """The lock less the packages that another layer already carries; BuildError when the two disagree on a version."""
    kept: list[str] = []
    keeping = True
    for line in lock.splitlines(keepends=True):
        if found := _PIN.match(line):
            keeping = found["name"] not in left_out
            if not keeping and left_out[found["name"]] != found["version"]:
                carried = left_out[found["name"]]
                raise BuildError(f"{found['name']} is {found['version']} here and {carried} in the core layer")
        if keeping:
            kept.append(line)
    return "".join(kept)


def stage_layer(build_dir: Path, name: str, target: Target, root: Path = ROOT) -> bool:
    """Stage one layer under `build_dir`/layers; False when nothing changed."""
    core = root / "requirements" / "core.lock"
    lock = root / "requirements" / f"{name}.lock"
    stamp = digest_of({core, lock}, target, root)

    def fill(fresh: Path) -> None:
        carried = {} if name == "core" else pins_of(core.read_text())
        wanted = fresh / "requirements.lock"
        wanted.write_text(without_packages(lock.read_text(), carried))
        install = [str(uv_path()), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-config"]
        run([*install, *target.uv_flags, "--target", str(fresh / "python"), "-r", str(wanted)], f"layer {name}")
        wanted.unlink()
        _drop_what_no_function_reads(fresh / "python")
        compile_bytecode(fresh / "python", target)

    return swap_in(build_dir / "layers" / name, stamp, fill)


def _drop_what_no_function_reads(packages: Path) -> None:
    shutil.rmtree(packages / "bin", ignore_errors=True)
    (packages / ".lock").unlink(missing_ok=True)
