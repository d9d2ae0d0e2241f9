#!/usr/bin/env bash
# Bring a copy made by backup.sh back. Stop every process first. Money commands stay refused until reconciled.
#   restore.sh FILE [RECEIPTS_COPY]
set -euo pipefail
umask 077

file=${1:?name the copy}
(cd "$(dirname "$file")" && sha256sum --check --quiet "$(basename "$file").sha256")

url=${TOPUP_DATABASE_URL:-}
[ -z "${TOPUP_DATABASE_URL_FILE:-}" ] || url=$(cat "$TOPUP_DATABASE_URL_FILE")
case "$url" in
    postgresql+asyncpg://*)
        pg_restore --clean --if-exists --no-owner --single-transaction --exit-on-error \
            --dbname="postgresql://${url#postgresql+asyncpg://}" "$file"
        topup restore --mark-only
        ;;
    *)
        topup restore "$file"
        ;;
esac

if [ -n "${2:-}" ]; then
    mkdir -p "${TOPUP_RECEIPTS:-var/receipts}"
    cp --archive --no-clobber "$2/." "${TOPUP_RECEIPTS:-var/receipts}/"
fi
topup ledger verify
topup audit verify
echo "restored; next: topup serve, then topup reconcile --date DAY for each day since the copy"
