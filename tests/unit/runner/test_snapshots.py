"""Generations of the engine's state: whole or not at all."""

from pathlib import Path

import pytest

from infra.local.snapshots import StateFolders, write_states

ADDRESS = "127.0.0.1:8070"


@pytest.fixture
def folders(tmp_path: Path) -> StateFolders:
    """Prepared folders with nothing in them."""
    folders = StateFolders(tmp_path / "engine")
    folders.prepare(ADDRESS)
    return folders


def keep(folders: StateFolders, states: dict[str, object]) -> Path:
    """Fill and publish a generation."""
    fresh = folders.next_generation()
    write_states(fresh / "state", states, str)
    folders.publish(fresh)
    return folders.current.resolve()


def test_a_published_generation_is_what_the_next_start_works_on(folders: StateFolders) -> None:
    """Start copies it to `live`, where the engine reads it."""
    keep(folders, {"dynamodb": {"items": 1}})

    folders.prepare(ADDRESS)

    assert (folders.live_state / "dynamodb.json").read_text() == '{"items": 1}'


def test_an_unfinished_generation_is_as_if_it_never_was(folders: StateFolders) -> None:
    """A kill while one is being filled leaves the one before, and the next start clears it away."""
    kept = keep(folders, {"dynamodb": {"items": 1}})
    write_states(folders.next_generation() / "state", {"dynamodb": {"items": 2}}, str)

    folders.prepare(ADDRESS)

    assert (folders.live_state / "dynamodb.json").read_text() == '{"items": 1}'
    assert {entry.name for entry in folders.snapshots.iterdir()} == {kept.name, "current"}


def test_a_generation_that_was_renamed_but_not_pointed_at_is_not_loaded(folders: StateFolders) -> None:
    """The pointer alone decides; a kill between rename and pointer loses only that generation."""
    keep(folders, {"dynamodb": {"items": 1}})
    fresh = folders.next_generation()
    write_states(fresh / "state", {"dynamodb": {"items": 2}}, str)
    fresh.rename(fresh.with_suffix(""))

    folders.prepare(ADDRESS)
    keep(folders, {"dynamodb": {"items": 3}})
    folders.prepare(ADDRESS)

    assert (folders.live_state / "dynamodb.json").read_text() == '{"items": 3}'


def test_only_the_newest_generation_takes_space(folders: StateFolders) -> None:
    """Autosave runs every two seconds; it must not fill the disk."""
    for count in range(5):
        newest = keep(folders, {"dynamodb": {"items": count}})

    assert {entry.name for entry in folders.snapshots.iterdir()} == {newest.name, "current"}


def test_replacing_a_live_file_leaves_the_generation_it_came_from(folders: StateFolders) -> None:
    """They share one inode until the engine replaces its name."""
    kept = keep(folders, {"sqs": {"url": f"http://{ADDRESS}/queue"}})

    folders.prepare("127.0.0.1:9999")

    assert (folders.live_state / "sqs.json").read_text() == '{"url": "http://127.0.0.1:9999/queue"}'
    assert (kept / "state" / "sqs.json").read_text() == f'{{"url": "http://{ADDRESS}/queue"}}'
