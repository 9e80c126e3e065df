# postgres.sh DATA PORT: a PostgreSQL with its default settings, in the foreground. It does not run as root.
set -e
mkdir -p "$1"
as=""
if [ "$(id -u)" = 0 ]; then
  chown postgres "$1"
  chmod a+x "$(dirname "$1")"
  as="setpriv --reuid postgres --regid postgres --init-groups"
fi
$as initdb -D "$1/data" -U postgres -A trust -E UTF8 > /dev/null
exec $as postgres -D "$1/data" -p "$2" -k "$1"
