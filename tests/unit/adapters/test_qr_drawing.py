"""What is drawn says what was meant: read back by ZXing, which shares no code with what draws it."""

import re
from xml.etree import ElementTree

from mizan.adapters.documents.qr import PNG_MODULE_PIXELS, QUIET_ZONE_MODULES, SegnoQrDrawing
from mizan.domain.emv_qr import QrMerchant, merchant_qr
from tests.pictures import Pixels, read_code, read_png

SVG = "{http://www.w3.org/2000/svg}"
PAYLOAD = merchant_qr(
    QrMerchant("example.mizan", "moic", "Commerce and Industry Aut", "MANAMA", "9399"),
    amount=12_500,
    bill="482019374650192753",
    label="482019374650192753",
)


def rasterised(svg: str, scale: int = 4) -> Pixels:
    """The strokes of the drawing, each a row of dark modules, as pixels."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    size = int(root.attrib["viewBox"].split()[2])
    rows = [[255] * size for _ in range(size)]
    stroke = next(path for path in root.iter(f"{SVG}path") if "stroke" in path.attrib)
    x, y = 0, 0.5
    for command, numbers in re.findall(r"([Mmh])([-0-9. ]+)", stroke.attrib["d"]):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            for column in range(x, x + int(values[0])):
                rows[int(y)][column] = 0
            x += int(values[0])
        else:
            x, y = (int(values[0]), values[1]) if command == "M" else (x + int(values[0]), y + values[1])
    grey = b"".join(bytes(value for value in row for _ in range(scale)) * scale for row in rows)
    return Pixels(size * scale, size * scale, grey)


def test_the_png_says_what_was_meant() -> None:
    """Decoded by somebody else's reader."""
    assert read_code(read_png(SegnoQrDrawing().png(PAYLOAD))) == PAYLOAD


def test_the_svg_says_what_was_meant() -> None:
    """The same for the drawing that scales."""
    assert read_code(rasterised(SegnoQrDrawing().svg(PAYLOAD))) == PAYLOAD


def test_the_svg_brings_neither_script_nor_style_nor_address() -> None:
    """It stands in a page whose policy allows none of them, and is served on its own too."""
    root = ElementTree.fromstring(SegnoQrDrawing().svg(PAYLOAD))  # noqa: S314 - our own drawing

    assert root.tag == f"{SVG}svg"
    for element in root.iter():
        assert element.tag in (f"{SVG}svg", f"{SVG}path")
        assert element.attrib.keys() <= {"class", "viewBox", "d", "fill", "stroke"}


def test_the_quiet_zone_is_there() -> None:
    """Four modules of light around the code (ISO/IEC 18004), or readers miss it."""
    pixels = read_png(SegnoQrDrawing().png(PAYLOAD))
    margin = QUIET_ZONE_MODULES * PNG_MODULE_PIXELS

    rows = [pixels.grey[at : at + pixels.width] for at in range(0, len(pixels.grey), pixels.width)]

    assert set(b"".join(rows[:margin] + rows[-margin:])) == {255}
    assert {value for row in rows for value in row[:margin] + row[-margin:]} == {255}
    assert rows[margin][margin] == 0
