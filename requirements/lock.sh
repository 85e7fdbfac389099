#!/usr/bin/env bash
# Compile every requirements/*.in into its hashed lock. Order matters: later files are constrained by earlier locks.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
for name in core reconciliation xml documents validation local sandbox dev; do
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url --no-emit-find-links "$@" "requirements/$name.in" -o "requirements/$name.lock"
done
if grep -nE '^ *--(index|extra-index|find-links)|@ https?:' requirements/*.lock; then
    echo "a lock must not record download addresses" >&2
    exit 1
fi
