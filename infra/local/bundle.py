"""Zip what functions and layers are made of, the same bytes every time."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
_FILE_MODE = 0o644 << 16
ARTIFACT_BUCKET = "mizan-local-artifacts"


@dataclass(frozen=True)
class Artifact:
    """One zip, stored under the hash of its content."""

    content: bytes

    @property
    def key(self) -> str:
        """Its object key."""
        return f"{hashlib.sha256(self.content).hexdigest()}.zip"

    @property
    def uri(self) -> str:
        """Its address, as CodeUri and ContentUri want it."""
        return f"s3://{ARTIFACT_BUCKET}/{self.key}"


def _zipped(files: dict[str, bytes]) -> Artifact:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = _FILE_MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return Artifact(buffer.getvalue())


def folder_artifact(folder: Path) -> Artifact:
    """A whole folder: what a CodeUri is."""
    return _zipped({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})


def layer_link_artifact(folder: Path) -> Artifact:
    """A layer that leads to its unpacked build instead of carrying it.

    The engine unpacks every layer anew for each worker, 60 MB and more each. This layer holds one `.pth` line: it adds
    the built packages after the function's own code, as Lambda does, and takes the host's packages away, so a
    dependency that the layers lack is missing here as well.
    """
    packages = str((folder / "python").resolve())
    line = (
        "import sys; "
        f"sys.path[:] = [p for p in sys.path if not p.endswith(('site-packages', 'dist-packages'))] + [{packages!r}]\n"
    )
    return _zipped({"python/lib/local/site-packages/layer.pth": line.encode()})
