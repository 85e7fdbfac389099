"""State that an older release kept on this machine."""

from pathlib import Path

from infra.local.layout import LAYOUT, set_older_aside


def test_a_fresh_folder_takes_the_layout_and_keeps_nothing_aside(tmp_path: Path) -> None:
    """The first start notes the layout; the next ones find it right."""
    state_dir = tmp_path / "state"

    assert set_older_aside(state_dir) is None
    (state_dir / "notes.json").write_text("{}")
    assert set_older_aside(state_dir) is None

    assert (state_dir / "layout").read_text() == str(LAYOUT)
    assert (state_dir / "notes.json").exists()


def test_what_an_older_release_kept_is_set_aside_whole(tmp_path: Path) -> None:
    """A folder without a note is the first layout's; nothing of it stays where a start would read it."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "table.json").write_text("{}")
    (tmp_path / "notes.json").write_text("{}")

    aside = set_older_aside(tmp_path)

    assert aside == tmp_path / "layout-1"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["layout", "layout-1"]
    assert (aside / "engine" / "table.json").exists()
    assert set_older_aside(tmp_path) is None
