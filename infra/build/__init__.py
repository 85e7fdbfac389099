"""Build what the functions run: `.build/app` and `.build/layers/<name>`.

python -m infra.build                    this machine's wheels, the layers that functions carry
python -m infra.build --target aarch64 --all    what ships
"""

from pathlib import Path

from infra.build.application import stage_application
from infra.build.checks import check_artifacts
from infra.build.layers import stage_layer
from infra.build.paths import BUILD, LAYER_NAMES, TEMPLATE
from infra.build.staging import only_one_build
from infra.build.targets import TARGETS, BuildError
from infra.build.template import layers_by_function, load_template

__all__ = ["BuildError", "build", "build_layers"]


def build(target_name: str = "host", *, every_layer: bool = False, build_dir: Path = BUILD) -> dict[str, int]:
    """Build what changed and check it; function → unzipped bytes. Raises BuildError."""
    build_layers(target_name, every_layer=every_layer, build_dir=build_dir)
    with only_one_build(build_dir):
        stage_application(build_dir, TARGETS[target_name]())
        return check_artifacts(build_dir, layers_by_function(load_template(TEMPLATE)))


def build_layers(target_name: str = "host", *, every_layer: bool = False, build_dir: Path = BUILD) -> None:
    """Build the layers alone: those that functions carry, or all of them. Raises BuildError."""
    target = TARGETS[target_name]()
    carried = {name for names in layers_by_function(load_template(TEMPLATE)).values() for name in names}
    with only_one_build(build_dir):
        for name in LAYER_NAMES if every_layer else sorted(carried):
            stage_layer(build_dir, name, target)
