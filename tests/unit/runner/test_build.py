"""The build's own checks: what must not ship does not."""

import importlib.util
from pathlib import Path

import pytest

from infra.build.checks import UNZIPPED_LIMIT_BYTES, check_artifacts, module_names
from infra.build.layers import pins_of, without_packages
from infra.build.staging import compile_bytecode, swap_in
from infra.build.targets import BuildError, host_target

LOCK = "six==1.17.0 \\\n    --hash=sha256:aa\n    # via dateutil\nduckdb==2.0.1 \\\n    --hash=sha256:bb\n"


def build_of(build_dir: Path, **layers: tuple[str, ...]) -> Path:
    """A build folder whose layers hold empty modules of these names."""
    (build_dir / "app" / "mizan").mkdir(parents=True)
    for layer, modules in layers.items():
        for module in modules:
            path = build_dir / "layers" / layer / "python" / module / "__init__.py"
            path.parent.mkdir(parents=True)
            path.write_text("")
    return build_dir


def test_layers_that_ride_together_may_not_carry_one_module_twice(tmp_path: Path) -> None:
    """Which of the two is imported would be an accident of order."""
    build_dir = build_of(tmp_path, core=("boto3", "six"), xml=("lxml", "six"))

    with pytest.raises(BuildError, match="core and xml both carry six"):
        check_artifacts(build_dir, {"RenderFunction": ("core", "xml")})


def test_layers_that_never_ride_together_may(tmp_path: Path) -> None:
    """Validation and XML both have lxml; no function has both."""
    build_dir = build_of(tmp_path, core=("boto3",), xml=("lxml",), validation=("lxml",))

    sizes = check_artifacts(build_dir, {"OneFunction": ("core", "xml"), "OtherFunction": ("core", "validation")})

    assert sizes == {"OneFunction": 0, "OtherFunction": 0}


def test_a_function_over_lambda_s_limit_fails_the_build(tmp_path: Path) -> None:
    """AWS would refuse it at deployment; a sparse file stands for the bytes."""
    build_dir = build_of(tmp_path, core=("boto3",))
    with (build_dir / "layers" / "core" / "python" / "boto3" / "data.bin").open("wb") as file:
        file.truncate(UNZIPPED_LIMIT_BYTES + 1)

    with pytest.raises(BuildError, match="262,144,001 bytes"):
        check_artifacts(build_dir, {"OneFunction": ("core",)})


def test_module_names_are_what_an_import_finds(tmp_path: Path) -> None:
    """Extension modules count by their first name, metadata does not."""
    for name in ("six.py", "_cffi_backend.cpython-311-x86_64-linux-gnu.so"):
        (tmp_path / name).write_text("")
    for name in ("boto3", "boto3-1.0.dist-info", "__pycache__"):
        (tmp_path / name).mkdir()

    assert module_names(tmp_path) == {"six", "_cffi_backend", "boto3"}


def test_a_layer_leaves_out_what_the_core_layer_carries() -> None:
    """Hashes and comments go with their package."""
    assert without_packages(LOCK, {"six": "1.17.0"}) == "duckdb==2.0.1 \\\n    --hash=sha256:bb\n"
    assert pins_of(LOCK) == {"six": "1.17.0", "duckdb": "2.0.1"}


def test_two_layers_that_pin_one_package_differently_fail_the_build() -> None:
    """Leaving it out would silently change a layer's version."""
    with pytest.raises(BuildError, match=r"six is 1\.17\.0 here and 1\.16\.0 in the core layer"):
        without_packages(LOCK, {"six": "1.16.0"})


def test_bytecode_never_looks_at_the_source_again(tmp_path: Path) -> None:
    """Flags 1 in a .pyc's header mean hash-based and unchecked (PEP 552): file times in a zip cannot void it."""
    source = tmp_path / "module.py"
    source.write_text("VALUE = 1\n")

    compile_bytecode(tmp_path, host_target())

    header = Path(importlib.util.cache_from_source(str(source))).read_bytes()[:8]
    assert int.from_bytes(header[4:8], "little") == 1


def test_an_unchanged_artifact_is_not_made_again_and_a_failed_one_is(tmp_path: Path) -> None:
    """The stamp is written last, so a build that broke off is not mistaken for a finished one."""
    place = tmp_path / "app"

    def fill(fresh: Path) -> None:
        (fresh / "file").write_text("made")

    def break_off(fresh: Path) -> None:
        raise BuildError("broke off")

    assert swap_in(place, "one", fill)
    assert not swap_in(place, "one", fill)
    with pytest.raises(BuildError):
        swap_in(place, "two", break_off)
    assert swap_in(place, "two", fill)
