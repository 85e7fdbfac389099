"""The note beside a refused bank file."""

import json

from mizan.application.ports_transfers import RefusedFile
from mizan.domain.bank_file_errors import BANK_FILE_ERRORS
from mizan.domain.errors import LineError


def refusal_note(refused: RefusedFile) -> bytes:
    """{file, kept, account_id, sha256, size_bytes, error_count, errors: [{line, code, text, text_ar, detail}]}; line 0
    is the file as a whole.
    """
    document = {
        "file": refused.key,
        "kept": refused.kept_key,
        "account_id": refused.account_id,
        "sha256": refused.sha256,
        "size_bytes": refused.size_bytes,
        "error_count": len(refused.errors),
        "errors": [_fields(error) for error in refused.errors],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _fields(error: LineError) -> dict[str, object]:
    text, text_ar = BANK_FILE_ERRORS[error.code]
    return {"line": error.line, "code": error.code, "text": text, "text_ar": text_ar, "detail": error.detail}
