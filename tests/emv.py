"""Reads EMVCo merchant codes field by field, written from the standard and not from the code that builds them."""

CRC_TAG, CRC_LENGTH = "63", 4


def parse(payload: str) -> dict[str, str]:
    """Fields by tag, those inside a template as `tag.subtag`. Raises ValueError on anything malformed."""
    if crc16(payload[:-CRC_LENGTH]) != payload[-CRC_LENGTH:]:
        raise ValueError("the check sum is wrong")
    fields = _fields(payload)
    if next(iter(fields)) != "00" or list(fields)[-1] != CRC_TAG:
        raise ValueError("the version comes first and the check sum last")
    for tag in ("26", "62"):
        if tag in fields:
            fields |= {f"{tag}.{inner}": value for inner, value in _fields(fields.pop(tag)).items()}
    return fields


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], int(text[at + 2 : at + 4])
        value = text[at + 4 : at + 4 + length]
        if len(value) != length or tag in fields:
            raise ValueError(f"field {tag} is cut short or repeated")
        fields[tag] = value
        at += 4 + length
    return fields


def crc16(text: str) -> str:
    """CRC-16/CCITT-FALSE bit by bit: polynomial 1021, start FFFF, nothing reflected."""
    crc = 0xFFFF
    for byte in text.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return f"{crc:04X}"
