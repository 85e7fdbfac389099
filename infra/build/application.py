"""Stage `.build/app`: the one artifact that every function's CodeUri is."""

import importlib.util
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from infra.build.paths import ROOT
from infra.build.staging import compile_bytecode, digest_of, swap_in
from infra.build.targets import Target

_OPENAPI_BUILDER = "infra.build.openapi"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def _files_under(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                yield path


def stage_application(build_dir: Path, target: Target, root: Path = ROOT) -> bool:
    """Stage functions/, mizan/ and openapi.json into `build_dir`/app; False when nothing changed."""
    sources = [root / "functions", root / "shared" / "mizan"]
    stamp = digest_of([*_files_under(*sources), *_openapi_sources(root)], target, root)

    def fill(fresh: Path) -> None:
        for source in sources:
            shutil.copytree(source, fresh / source.name, ignore=_LEFT_OUT)
        build_openapi(fresh)
        compile_bytecode(fresh, target)

    return swap_in(build_dir / "app", stamp, fill)


def _openapi_sources(root: Path) -> list[Path]:
    return [path for path in [root / "template.yaml", *(root / "infra" / "build").glob("*.py")] if path.exists()]


def build_openapi(app_dir: Path) -> None:
    """Let the OpenAPI builder, where this tree has one, write `app_dir`/openapi.json."""
    if importlib.util.find_spec(_OPENAPI_BUILDER) is not None:
        import_module(_OPENAPI_BUILDER).build_openapi(app_dir)
