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

__all__ = ["BuildError", "build"]


def build(target_name: str = "host", *, every_layer: bool = False, build_dir: Path = BUILD) -> dict[str, int]:
    """Build what changed and check it; function → unzipped bytes. Raises BuildError."""
    target = TARGETS[target_name]()
    carried = layers_by_function(load_template(TEMPLATE))
    wanted = LAYER_NAMES if every_layer else sorted({name for names in carried.values() for name in names})
    with only_one_build(build_dir):
        for name in wanted:
            stage_layer(build_dir, name, target)
        stage_application(build_dir, target)
        return check_artifacts(build_dir, carried)
