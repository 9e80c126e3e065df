# postgres.sh DATA PORT: a PostgreSQL with its default settings, in the foreground. It does not run as root.
set -e
mkdir -p "$1"
if [ "$(id -u)" = 0 ]; then
  chown postgres "$1"
  chmod a+x "$(dirname "$1")"
  as() { exec su postgres -c "$1"; }
else
  as() { exec sh -c "$1"; }
fi
as "initdb -D '$1/data' -U postgres -A trust -E UTF8 > /dev/null && exec postgres -D '$1/data' -p $2 -k '$1'"
