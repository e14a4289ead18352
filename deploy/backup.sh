#!/bin/sh
# backup.sh FOLDER: one archive with its checksum of what cannot be made again: inbox, raw/ (when a file was first seen),
# the published warehouse, every release, Dagster's settings, and Dagster's database where it is PostgreSQL.
# Waits for whoever writes, so that the archive is of one moment. Keeps the newest 30.
set -eu
target="$1"
home="${PAR_HOME:?PAR_HOME is not set}"
name="par-$(date -u +%Y%m%dT%H%M%SZ)"
mkdir -p "$target" "$home/warehouse"
aside="$(mktemp -d "$target/.backup.XXXXXX")"
trap 'rm -rf "$aside"' EXIT

if [ -n "${PAR_POSTGRES_URL:-}" ]; then
    pg_dump --format=custom --file="$aside/dagster.pgdump" "$(echo "$PAR_POSTGRES_URL" | sed 's/+psycopg2//')"
    set -- -C "$aside" dagster.pgdump
else
    set --
fi
[ ! -f "${DAGSTER_HOME:-$home/.dagster}/dagster.yaml" ] || {
    cp "${DAGSTER_HOME:-$home/.dagster}/dagster.yaml" "$aside/dagster.yaml"
    set -- "$@" -C "$aside" dagster.yaml
}
# PAR_INBOX elsewhere: back that folder up with the tools of its own.
flock "$home/warehouse/.writer.lock" tar --create --gzip --file="$aside/$name.tar.gz" \
    --exclude=warehouse/.build --exclude=warehouse/.writer.* -C "$home" raw warehouse "$@"
(cd "$aside" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
mv "$aside/$name.tar.gz.sha256" "$aside/$name.tar.gz" "$target/"
# shellcheck disable=SC2012 # the names are ours
ls -1 "$target"/par-*.tar.gz | sort -r | tail -n +31 | while read -r old; do rm -f "$old" "$old.sha256"; done
echo "$target/$name.tar.gz"
