"""What must not ship: a function over Lambda's size limit, or layers that hide each other's modules."""

from itertools import combinations
from pathlib import Path

from infra.build.targets import BuildError

UNZIPPED_LIMIT_BYTES = 262_144_000  # Lambda quota: function and layers together, unzipped


def size_bytes(folder: Path) -> int:
    """Sum of the sizes of all files under `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def module_names(packages: Path) -> set[str]:
    """Top-level names that importing from `packages` can find."""
    return {
        path.name.split(".")[0]
        for path in packages.iterdir()
        if path.name != "__pycache__" and not path.name.endswith((".dist-info", ".pth"))
    }


def check_artifacts(build_dir: Path, layers_by_function: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """Function → unzipped bytes, for the functions whose layers are all built; BuildError on a breach."""
    app = build_dir / "app"
    sizes: dict[str, int] = {}
    for carried in sorted(set(layers_by_function.values())):
        folders = [build_dir / "layers" / name for name in carried]
        if not all(folder.is_dir() for folder in folders):
            continue
        _refuse_shared_names({"app": module_names(app), **{f.name: module_names(f / "python") for f in folders}})
        total = size_bytes(app) + sum(size_bytes(folder) for folder in folders)
        if total > UNZIPPED_LIMIT_BYTES:
            raise BuildError(f"app + {' + '.join(carried)} is {total:,} bytes; Lambda takes {UNZIPPED_LIMIT_BYTES:,}")
        sizes |= {function: total for function, layers in layers_by_function.items() if layers == carried}
    return sizes


def _refuse_shared_names(names: dict[str, set[str]]) -> None:
    for (one, ours), (other, theirs) in combinations(names.items(), 2):
        if shared := ours & theirs:
            raise BuildError(f"{one} and {other} both carry {', '.join(sorted(shared))}: one would hide the other")
