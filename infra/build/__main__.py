"""`python -m infra.build`: build, and print what each function weighs."""

import argparse
import sys

from infra.build import BuildError, build
from infra.build.targets import TARGETS


def main() -> int:
    """Exit code 0 when every artifact is built and within its limits."""
    parser = argparse.ArgumentParser(prog="python -m infra.build", description=__doc__)
    parser.add_argument("--local", dest="target", action="store_const", const="host", help="this machine (the default)")
    parser.add_argument("--target", dest="target", choices=sorted(TARGETS), help="what the artifacts run on")
    parser.add_argument("--all", action="store_true", help="every layer, also those that no function carries yet")
    chosen = parser.parse_args()
    try:
        sizes = build(chosen.target or "host", every_layer=chosen.all)
    except BuildError as error:
        sys.stderr.write(f"build: {error}\n")
        return 1
    for size in sorted(set(sizes.values())):
        names = [name for name, total in sizes.items() if total == size]
        sys.stdout.write(f"{size:>12,} bytes unzipped: {', '.join(names)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
