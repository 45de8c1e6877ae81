# What backup and restore share: how they reach Postgres and the results, and what every row is held against.
# shellcheck shell=bash disable=SC2034,SC2154
database_url=${SILLAGE_DATABASE_URL:-}
bucket=
endpoint=()

# Reads the options of both; leaves the rest in `rest`.
read_database_options() {
  local left=()
  while [ $# -gt 0 ]; do
    case $1 in
      --database-url) database_url=${2:?$1 needs a value}; shift ;;
      --bucket)
        bucket=${2:?$1 needs a value}
        [[ $bucket == s3://* ]] || wrong_use "--bucket must be s3://NAME or s3://NAME/PREFIX, not \"$bucket\""
        shift
        ;;
      --s3-endpoint) endpoint=(--endpoint-url "${2:?$1 needs a value}"); shift ;;
      *) left+=("$1") ;;
    esac
    shift
  done
  rest=("${left[@]}")
}

find_postgres() {
  postgres_pod=
  if [ -n "$database_url" ]; then need psql pg_dump pg_restore; return; fi
  if [ -n "$dry_run" ]; then postgres_pod=POSTGRES-POD; return; fi
  postgres_pod=$(kube get pods -l "$(selector postgres)" --field-selector=status.phase=Running -o jsonpath='{.items[*].metadata.name}')
  [ -n "$postgres_pod" ] || die "$release has no Postgres of its own in namespace $namespace: say where it is with --database-url"
}

# Runs a program of Postgres where the database is: in its pod, or here. $DATABASE is the name of the database.
in_database() { # COMMAND as a shell reads it
  if [ -n "$postgres_pod" ]; then
    # shellcheck disable=SC2016 # expanded in the pod
    kube exec -i "$postgres_pod" -- sh -c 'export PGHOST=127.0.0.1 PGUSER="${POSTGRES_USER:-postgres}" PGPASSWORD="${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}")}" PGDATABASE="${POSTGRES_DB:-${POSTGRES_USER:-postgres}}"; export DATABASE="$PGDATABASE" TARGET="dbname=$PGDATABASE" MAINTENANCE="dbname=postgres"; eval "$1"' sh "$1"
  else
    DATABASE=$(sed -E 's#^[a-z]+://[^/]+/([^?]*).*#\1#' <<<"$database_url") TARGET=$database_url \
      MAINTENANCE=$(sed -E 's#^([a-z]+://[^/]+/)[^?]*#\1postgres#' <<<"$database_url") sh -c "$1"
  fi
}

# Every table as name, rows, and two sums over a hash of each row, whatever their order; sequences with their last value.
# Settings that would change how a row is written out are fixed.
# shellcheck disable=SC2034,SC2016
sums_sql='set timezone to utc; set datestyle to iso; set extra_float_digits to 1; set bytea_output to hex; set intervalstyle to postgres;
select format($q$select %L, count(*), coalesce(sum(($$x$$ || substr(h, 1, 16))::bit(64)::bigint::numeric), 0), coalesce(sum(($$x$$ || substr(h, 17, 16))::bit(64)::bigint::numeric), 0) from (select md5(r::text) as h from %I.%I as r) as hashes$q$, schemaname || $$.$$ || tablename, schemaname, tablename)
from pg_tables where schemaname not in ($$pg_catalog$$, $$information_schema$$) order by schemaname, tablename \gexec
select $$sequence $$ || schemaname || $$.$$ || sequencename, coalesce(last_value, 0), 0, 0 from pg_sequences order by 1;'

# A pod that has the results folder.
results_pod() {
  if [ -n "$dry_run" ]; then echo GATEWAY-POD; return; fi
  kube get pods -l "$(selector gateway)" --field-selector=status.phase=Running -o jsonpath='{.items[0].metadata.name}'
}

# SHA-256 of every file below a folder.
file_sums() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 -r sha256sum); }
