"""Where the sources are and where the build puts its artifacts."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
BUILD = ROOT / ".build"
LAYER_NAMES = ("core", "xml", "documents", "validation", "reconciliation")
