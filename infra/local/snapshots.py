"""Keep the engine's state as whole generations, so a kill at any moment leaves one that loads.

    <state>/snapshots/<n>/state/*.json, state/lambda-blobs/, s3/    one generation, never written again
    <state>/snapshots/current -> <n>                                what the next start loads
    <state>/live/                                                   what the running engine works on; nothing trusts it

A generation is filled under a temporary name, renamed, and only then pointed at. Object bodies and code are hard links:
the engine replaces those files and never edits them in place.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ADDRESS_NOTE = "address"
EXIT_STATE_IN_USE = 75  # the engine's exit code when another engine holds the folder


@dataclass(frozen=True)
class StateFolders:
    """Where one engine keeps what it knows."""

    root: Path

    @property
    def live_state(self) -> Path:
        """The engine's STATE_DIR."""
        return self.root / "live" / "state"

    @property
    def live_objects(self) -> Path:
        """The engine's S3_DATA_DIR."""
        return self.root / "live" / "s3"

    @property
    def snapshots(self) -> Path:
        """The generations."""
        return self.root / "snapshots"

    @property
    def current(self) -> Path:
        """A link to the generation that the next start loads."""
        return self.snapshots / "current"

    @property
    def temporary(self) -> Path:
        """The engine's TMPDIR: it leaves unpacked functions behind."""
        return self.root / "tmp"

    def prepare(self, address: str) -> None:
        """Make `live` the current generation again, and remove what killed runs left behind.

        `address` is the engine's host and port. Queue URLs hold it, so what a run at another port kept is moved to it.
        """
        for folder in (self.root / "live", self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
        self.snapshots.mkdir(parents=True, exist_ok=True)
        self.temporary.mkdir(parents=True)
        self._forget_all_but(self.current.resolve() if self.current.exists() else None)
        if self.current.exists():
            link_tree(self.current.resolve(), self.root / "live")
        for folder in (self.live_state, self.live_objects):
            folder.mkdir(parents=True, exist_ok=True)
        self._move_to(address)

    def _move_to(self, address: str) -> None:
        note = self.live_state / _ADDRESS_NOTE
        before = note.read_text(encoding="utf-8") if note.exists() else address
        if before != address:
            for file in self.live_state.glob("*.json"):
                replace_text(file, file.read_text(encoding="utf-8").replace(f"//{before}/", f"//{address}/"))
        replace_text(note, address)

    def next_generation(self) -> Path:
        """The folder to fill next, under its temporary name."""
        newest = int(self.current.resolve().name) if self.current.exists() else 0
        fresh = self.snapshots / f"{newest + 1:08d}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        (fresh / "state").mkdir(parents=True)
        os.link(self.live_state / _ADDRESS_NOTE, fresh / "state" / _ADDRESS_NOTE)
        return fresh

    def publish(self, fresh: Path) -> None:
        """Point at a filled generation, atomically, and drop the ones before it."""
        place = fresh.with_suffix("")
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)
        pointer = self.snapshots / "current.new"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(place.name)
        pointer.replace(self.current)
        self._forget_all_but(place)

    def _forget_all_but(self, kept: Path | None) -> None:
        for entry in self.snapshots.iterdir():
            if entry.is_dir() and not entry.is_symlink() and (kept is None or entry.name != kept.name):
                shutil.rmtree(entry, ignore_errors=True)


def replace_text(path: Path, text: str) -> None:
    """Write a file anew; another name of the same file keeps the old content."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def link_tree(source: Path, place: Path) -> None:
    """A copy of a folder whose files are hard links."""
    if source.is_dir():
        shutil.copytree(source, place, copy_function=os.link, dirs_exist_ok=True)


def write_states(folder: Path, states: dict[str, Any], default: Callable[[Any], Any]) -> None:
    """One JSON file per service; `default` encodes what JSON cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, state in states.items():
        text = json.dumps(state, default=default)  # five times as fast as dump to a file
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
