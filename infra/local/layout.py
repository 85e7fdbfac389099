"""Which shape the kept state has. What an older release kept is set aside whole, never half understood."""

from pathlib import Path

LAYOUT = 3
"""One more whenever stored items change so that an older state no longer reads."""

NOTE = "layout"


def set_older_aside(state_dir: Path) -> Path | None:
    """Move what another layout kept into a folder of its own, which is returned; None where there was nothing."""
    state_dir.mkdir(parents=True, exist_ok=True)
    note = state_dir / NOTE
    kept = [entry for entry in state_dir.iterdir() if entry.name != NOTE and not entry.name.startswith("layout-")]
    found = int(note.read_text("utf-8")) if note.exists() else 1
    aside = None
    if found != LAYOUT and kept:
        aside = state_dir / f"layout-{found}"
        aside.mkdir()
        for entry in kept:
            entry.rename(aside / entry.name)
    note.write_text(str(LAYOUT), "utf-8")
    return aside
