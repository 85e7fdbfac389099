"""How money that went back finds its line: by the movement's own transaction, then by the retrieval reference.

A refund has a transaction of its own; a void, a reversal and a chargeback name the capture's. The track id does not
join them: a refund has another one. Where two counterparts are possible none is chosen.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mizan.domain.reconciliation.entries import GatewayLine, PlatformEntry


@dataclass(frozen=True, slots=True)
class Returns:
    """Every entry and line once. `lines` are left for the other rules: no entry that went back names them."""

    pairs: tuple[tuple[PlatformEntry, GatewayLine], ...]
    unclear_entries: tuple[PlatformEntry, ...]
    unclear_lines: tuple[GatewayLine, ...]
    lonely: tuple[PlatformEntry, ...]
    lines: tuple[GatewayLine, ...]


def join_returns(entries: Iterable[PlatformEntry], lines: Sequence[GatewayLine]) -> Returns:
    """`entries` that went back, `lines` that are no purchases."""
    theirs: defaultdict[str, list[GatewayLine]] = defaultdict(list)
    for line in lines:
        theirs[line.tran_id].append(line)
    mine: defaultdict[str, list[PlatformEntry]] = defaultdict(list)
    lonely: list[PlatformEntry] = []
    for entry in entries:
        is_named = bool(entry.gateway_transaction) and entry.gateway_transaction in theirs
        (mine[entry.gateway_transaction] if is_named else lonely).append(entry)
    pairs: list[tuple[PlatformEntry, GatewayLine]] = []
    unclear_entries: list[PlatformEntry] = []
    unclear_lines: list[GatewayLine] = []
    for transaction in sorted(mine):
        found, rest, rest_lines = _pair(mine[transaction], theirs[transaction])
        pairs += found
        if rest and rest_lines:
            unclear_entries += rest
            unclear_lines += rest_lines
        else:
            lonely += rest
    taken = {line.line for _, line in pairs} | {line.line for line in unclear_lines}
    left = tuple(line for line in lines if line.line not in taken)
    return Returns(tuple(pairs), tuple(unclear_entries), tuple(unclear_lines), tuple(lonely), left)


def _pair(
    entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine]
) -> tuple[list[tuple[PlatformEntry, GatewayLine]], list[PlatformEntry], list[GatewayLine]]:
    """Of one transaction: those that a reference names alone on both sides, then the last two; and what is left."""
    mine, theirs = Counter(entry.rrn for entry in entries), Counter(line.rrn for line in lines)
    by_reference = {line.rrn: line for line in lines if line.rrn and mine[line.rrn] == theirs[line.rrn] == 1}
    pairs = [(entry, by_reference[entry.rrn]) for entry in entries if entry.rrn in by_reference]
    rest = [entry for entry in entries if entry.rrn not in by_reference]
    rest_lines = [line for line in lines if line.rrn not in by_reference]
    if len(rest) == 1 and len(rest_lines) == 1:
        return [*pairs, (rest[0], rest_lines[0])], [], []
    return pairs, rest, rest_lines
