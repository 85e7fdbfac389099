"""Which format a file is in, by its first bytes; its name says nothing that could not be wrong."""

from mizan.adapters.statements.bank_files.camt import read_camt
from mizan.adapters.statements.bank_files.mt940 import read_mt940
from mizan.domain.incoming_credits import BankFile

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_bank_file(content: bytes) -> BankFile:
    """camt.053, camt.054 or MT940. Raises QuarantinedFileError, and nothing else, naming every wrong line."""
    is_xml = content.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] == b"<"
    return read_camt(content) if is_xml else read_mt940(content)
