#!/bin/sh
# restore.sh ARCHIVE: put a backup into an empty PAR_HOME; Dagster's database is brought back where PAR_POSTGRES_URL is
# set. Refuses a home that holds anything, and an archive that is not as it was written.
set -eu
archive="$1"
home="${PAR_HOME:?PAR_HOME is not set}"
if [ -n "$(ls -A "$home" 2>/dev/null)" ]; then
    echo "$home không trống; hãy khôi phục vào thư mục mới. / It is not empty: restore into a new folder." >&2
    exit 1
fi
(cd "$(dirname "$archive")" && sha256sum --check --quiet "$(basename "$archive").sha256")
mkdir -p "$home" "${DAGSTER_HOME:-$home/.dagster}"
tar --extract --gzip --file="$archive" -C "$home"
[ ! -f "$home/dagster.yaml" ] || mv "$home/dagster.yaml" "${DAGSTER_HOME:-$home/.dagster}/dagster.yaml"
if [ -f "$home/dagster.pgdump" ]; then
    [ -z "${PAR_POSTGRES_URL:-}" ] || pg_restore --clean --if-exists --no-owner \
        --dbname="$(echo "$PAR_POSTGRES_URL" | sed 's/+psycopg2//')" "$home/dagster.pgdump"
    rm -f "$home/dagster.pgdump"
fi
cd "$home/warehouse" && [ ! -f par.duckdb.sha256 ] || sha256sum --check --quiet par.duckdb.sha256
