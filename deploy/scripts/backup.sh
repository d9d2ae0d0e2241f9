#!/usr/bin/env bash
# One consistent copy of a running installation into FOLDER, checked, the newest 48 kept.
#   backup.sh FOLDER            settings as `topup serve` has them
set -euo pipefail
umask 077

folder=${1:?name the folder for the copies}
keep=${KEEP:-48}
stamp=$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$folder"

url=${TOPUP_DATABASE_URL:-}
[ -z "${TOPUP_DATABASE_URL_FILE:-}" ] || url=$(cat "$TOPUP_DATABASE_URL_FILE")
case "$url" in
    postgresql+asyncpg://*)
        file="$folder/topup-$stamp.dump"
        pg_dump --format=custom --no-owner --dbname="postgresql://${url#postgresql+asyncpg://}" --file="$file.part"
        pg_restore --list "$file.part" >/dev/null
        ;;
    *)
        file="$folder/topup-$stamp.db"
        topup backup "$file.part"
        ;;
esac
mv "$file.part" "$file"
sha256sum "$file" >"$file.sha256"

receipts=${TOPUP_RECEIPTS:-var/receipts}
if [ "${receipts#s3://}" = "$receipts" ] && [ -d "$receipts" ]; then
    # Receipts are create-only files named by their content: a copy after the database has all it names.
    mkdir -p "$folder/receipts"
    cp --archive --no-clobber "$receipts/." "$folder/receipts/"
fi

find "$folder" -maxdepth 1 -name 'topup-*' ! -name '*.sha256' -printf '%f\n' | sort -r | tail -n "+$((keep + 1))" \
    | while read -r old; do rm -f "$folder/$old" "$folder/$old.sha256"; done
echo "$file"
