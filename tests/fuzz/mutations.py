"""Messages that were genuine until somebody laid hands on them."""

from hypothesis import strategies as st

PIECES = [
    b"",
    b"\x00",
    b"\xff",
    b'"',
    b"{",
    b"}",
    b"[",
    b"\\ud800",
    b"-",
    b"1e9",
    b"NaN",
    b"null",
    b"&",
    b"=",
    b"%",
    b"9" * 40,
]


@st.composite
def mutated(draw: st.DrawFn, genuine: bytes) -> bytes:
    """Up to four cuts, swaps and insertions, anywhere."""
    body = genuine
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 12))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)))
        body = body[:start] + piece + body[start + length :]
    return body
