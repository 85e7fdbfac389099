"""QR codes drawn by segno (pure Python): as SVG in text, as PNG in bytes."""

import io

import segno

ERROR_CORRECTION = "m"
"""15 % of the code may be damaged: a printed bill is folded, a screen is scratched (ISO/IEC 18004)."""
QUIET_ZONE_MODULES = 4
PNG_MODULE_PIXELS = 8


class SegnoQrDrawing:
    """Implements `mizan.application.draw_qr.QrDrawing`."""

    def svg(self, payload: str) -> str:
        content = io.BytesIO()
        _code(payload).save(
            content,
            kind="svg",
            border=QUIET_ZONE_MODULES,
            omitsize=True,
            light="#fff",
            svgclass="qr",
            lineclass=None,
            xmldecl=False,
            nl=False,
        )
        return content.getvalue().decode()

    def png(self, payload: str) -> bytes:
        content = io.BytesIO()
        _code(payload).save(content, kind="png", border=QUIET_ZONE_MODULES, scale=PNG_MODULE_PIXELS)
        return content.getvalue()


def _code(payload: str) -> segno.QRCode:
    return segno.make_qr(payload, error=ERROR_CORRECTION, boost_error=False)
