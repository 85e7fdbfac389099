"""`make simulate SEEDS=n [SEED=k]`: n stories from seed k on, and what they met. With SEEDS=1 the story's trace."""

import argparse
import sys
import time

from tests.simulation.many import Report, explained, tell_many
from tests.simulation.shrink import told_small
from tests.simulation.story import draw, tell


def main() -> int:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="the first")
    parser.add_argument("--processes", type=int, default=0, help="side by side; one per processor by default")
    options = parser.parse_args()
    if options.seeds == 1:
        return tell_one(options.seed)
    began_at = time.monotonic()
    report = tell_many(options.seed, options.seeds, process_count=options.processes)
    write(summary(report, time.monotonic() - began_at))
    if report.failures:
        write(f"{len(report.failures)} seeds failed: {sorted(report.failures)[:20]}\n\n{explained(report)}")
    return 1 if report.failures else 0


def tell_one(seed: int) -> int:
    story = draw(seed)
    ending = tell(story, is_traced=True)
    write("\n".join([*map(repr, story.actions), *ending.trace]))
    if not ending.failure:
        write(f"seed {seed}: every invariant holds")
        return 0
    write(told_small(story, ending))
    return 1


def summary(report: Report, seconds: float) -> str:
    """How much was told, and how often each fault, each answer and each end occurred."""
    kinds = sorted({name.split()[0] for name in report.seen if not name.startswith(("fault ", "edge "))})
    answers = "\n".join(line for kind in kinds for line in report.table(f"{kind} ") if line) and "\n".join(
        f"{kind}\n" + "\n".join(report.table(f"{kind} ")) for kind in kinds
    )
    return (
        f"{report.story_count:,} stories, {report.step_count:,} steps, {seconds:.0f} s, "
        f"{len(report.failures)} failed\n\nfaults\n" + "\n".join(report.table("fault ")) + f"\n\n{answers}\n\n"
        "edges\n" + "\n".join(report.table("edge "))
    )


def write(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
