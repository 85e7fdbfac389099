"""Pictures looked at by somebody else than who drew them: PNG files as pixels, QR codes through ZXing (C++)."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import zxingcpp

_SAMPLES = {0: 1, 2: 3, 6: 4}
"""Samples of a pixel by PNG's colour type: grey, RGB, RGBA."""


@dataclass(frozen=True)
class Pixels:
    """Grey values, 0 black to 255 white, row by row."""

    width: int
    height: int
    grey: bytes


def read_png(content: bytes) -> Pixels:
    """A PNG of grey, RGB or RGBA, not interlaced (ISO/IEC 15948). Raises on anything else."""
    chunks = dict[str, bytes]()
    for name, data in _chunks(content):
        chunks[name] = chunks.get(name, b"") + data
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks["IHDR"])
    assert interlaced == 0
    samples = _SAMPLES[colour]
    row_bytes = (width * samples * depth + 7) // 8
    raw = zlib.decompress(chunks["IDAT"])
    assert len(raw) == height * (row_bytes + 1)
    grey, above = bytearray(), bytes(row_bytes)
    for start in range(0, len(raw), row_bytes + 1):
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + row_bytes], above, max(1, samples * depth // 8))
        grey += _grey(above, width, depth, samples)
    return Pixels(width, height, bytes(grey))


def read_code(pixels: Pixels) -> str:
    """The text of the one code in the picture."""
    (found,) = zxingcpp.read_barcodes(memoryview(pixels.grey).cast("B", (pixels.height, pixels.width)))
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    return str(found.text)


def _chunks(content: bytes) -> Iterator[tuple[str, bytes]]:
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + length]
        assert zlib.crc32(name + data) == struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0]
        yield name.decode(), data
        at += 12 + length


def _unfiltered(kind: int, row: bytes, above: bytes, step: int) -> bytes:
    plain = bytearray(row)
    for at in range(len(plain)):
        left = plain[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        added = (0, left, above[at], (left + above[at]) // 2, _nearest(left, above[at], corner))[kind]
        plain[at] = (plain[at] + added) % 256
    return bytes(plain)


def _nearest(left: int, up: int, corner: int) -> int:
    """Paeth's predictor."""
    target = left + up - corner
    return min((left, up, corner), key=lambda value: abs(target - value))


def _grey(row: bytes, width: int, depth: int, samples: int) -> bytes:
    if depth == 1:
        return bytes(255 * (row[at // 8] >> (7 - at % 8) & 1) for at in range(width))
    assert depth == 8
    return bytes(sum(row[at * samples : at * samples + min(samples, 3)]) // min(samples, 3) for at in range(width))
