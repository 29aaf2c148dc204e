#!/usr/bin/env bash
# Starts and stops throw-away PostgreSQL and MariaDB (or MySQL) servers for tests.
#
#   eval "$(compat/databases.sh start postgres DIR)"   # also: start mariadb DIR
#   compat/databases.sh stop DIR
#   compat/databases.sh halt DIR; compat/databases.sh resume DIR     # an outage: the same server, data and port
#
# `start` makes a server of its own below DIR (which must not hold one yet), listening on a free port
# of 127.0.0.1 and on a socket in DIR/run, and prints these lines, which it also keeps in DIR/env:
#
#   DRF_DB_ENGINE  postgres or mysql         DRF_DB_SOCKET  the socket (PostgreSQL: its folder)
#   DRF_DB_HOST    127.0.0.1                 DRF_DB_PID     the server's process id
#   DRF_DB_PORT    the port                  DRF_DB_URL     scheme://user:password@host:port/
#   DRF_DB_USER    may create databases      DRF_DB_PASSWORD
#
# and, for the tests, DRF_AUTH_TEST_POSTGRES_URL or DRF_AUTH_TEST_MYSQL_URL, exported.
#
# Nothing is ever synced to disk: what is below DIR is worth nothing after a crash. `stop` ends the
# server by its process id and leaves DIR for the caller to remove; after `halt` it can be resumed.
set -euo pipefail

user=drf
password=drf-password
attempts=5          # a free port can be taken between looking and listening
start_seconds=60

die() { echo "databases.sh: $*" >&2; exit 1; }

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# The first of the named programs, in PATH, where Debian keeps servers, or in PostgreSQL's folders.
find_program() {
    local name folder
    for name in "$@"; do
        if command -v "$name"; then return; fi
        # The newest PostgreSQL first.
        for folder in /usr/sbin /usr/local/sbin /usr/libexec \
                      $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -rV); do
            if [ -x "$folder/$name" ]; then echo "$folder/$name"; return; fi
        done
    done
    die "none of these programs is installed: $*"
}

free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
    done
    die "found no free port"
}

# Both servers refuse to run as root; then the first of the named system users runs them.
choose_owner() {
    as=()
    [ "$(id -u)" = 0 ] || return 0
    local name
    for name in "$@" nobody; do
        id -u "$name" >/dev/null 2>&1 || continue
        as=(setpriv "--reuid=$(id -u "$name")" "--regid=$(id -g "$name")" --clear-groups)
        chown "$name:$(id -gn "$name")" "$dir"
        chmod 755 "$dir"
        reachable "$name"
        return
    done
    die "there is no user to run the server as"
}

# mktemp -d makes folders of mode 700: the server's user must get through those above DIR.
reachable() {
    "${as[@]}" test -w "$dir" || die "the user $1 cannot write to $dir (is a folder above it private?)"
}

# The server's parent is this script, which ends; whoever inherits it may take its time to bury it.
alive() { kill -0 "$1" 2>/dev/null && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }

# Waits until the command succeeds or the server is dead.
wait_for() {
    local pid=$1 deadline=$((SECONDS + start_seconds))
    shift
    while ! "$@" >/dev/null 2>&1; do
        alive "$pid" || return 1
        [ $SECONDS -lt $deadline ] || { kill -KILL "$pid" 2>/dev/null || true; return 1; }
        sleep 0.1
    done
    alive "$pid"
}

# Starts a server in a session of its own, so that an interrupt of the tests leaves it to `stop`.
launch() {
    (cd "$dir" && exec setsid "${as[@]}" "$@" </dev/null >>"$dir/log" 2>&1) &
    pid=$!
    # Until it is announced, nobody else knows of it.
    trap 'kill -KILL "$pid" 2>/dev/null || true' EXIT
}

# Starts the server on $port; fails where it does not come to answer.
run_postgres() {
    local initdb server psql
    initdb=$(find_program initdb)
    server=$(dirname "$initdb")/postgres
    [ -x "$server" ] || server=$(find_program postgres)
    psql=$(find_program psql)
    launch "$server" -D "$dir/data" -h 127.0.0.1 -p "$port" -k "$dir/run" \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
        -c max_connections=200 -c shared_buffers=64MB -c timezone=UTC
    # By the socket, which only this server has: another test's may have taken the port.
    PGPASSWORD=$password wait_for "$pid" "$psql" -w -h "$dir/run" -p "$port" -U "$user" -d postgres -c 'SELECT 1'
}

start_postgres() {
    local initdb
    initdb=$(find_program initdb)
    choose_owner postgres
    (umask 077; printf '%s' "$password" >"$dir/password")
    [ ${#as[@]} = 0 ] || chown --reference="$dir" "$dir/password"
    (cd "$dir" && "${as[@]}" "$initdb" -D "$dir/data" -U "$user" --pwfile="$dir/password" \
        --auth-local=scram-sha-256 --auth-host=scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync) \
        >"$dir/log" 2>&1 || die "initdb failed, see $dir/log"
    "${as[@]}" mkdir -p "$dir/run"
    for _ in $(seq $attempts); do
        port=$(free_port)
        if run_postgres; then
            announce postgres postgres DRF_AUTH_TEST_POSTGRES_URL "$dir/run"
            return
        fi
    done
    die "PostgreSQL did not start, see $dir/log"
}

# The same.
run_mariadb() {
    local server client
    server=$(find_program mariadbd mysqld)
    client=$(find_program mariadb mysql)
    # Settings of the machine are not read, so that every machine tests the same server.
    launch "$server" --no-defaults --datadir="$dir/data" --tmpdir="$dir/tmp" \
        --socket="$dir/run/mysqld.sock" --pid-file="$dir/run/mysqld.pid" \
        --init-file="$dir/run/init.sql" \
        --bind-address=127.0.0.1 --port="$port" --skip-name-resolve \
        --character-set-server=utf8mb4 --max-connections=200 --skip-log-bin \
        --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=64M
    # By the socket, which only this server has: another test's may have taken the port.
    wait_for "$pid" "$client" --no-defaults --socket="$dir/run/mysqld.sock" -u "$user" -p"$password" -e 'SELECT 1'
}

start_mariadb() {
    local server
    server=$(find_program mariadbd mysqld)
    choose_owner mysql
    "${as[@]}" mkdir -p "$dir/run" "$dir/tmp"
    initialise_mariadb "$server"
    for _ in $(seq $attempts); do
        port=$(free_port)
        if run_mariadb; then
            announce mysql mysql DRF_AUTH_TEST_MYSQL_URL "$dir/run/mysqld.sock"
            return
        fi
    done
    die "the server did not start, see $dir/log"
}

# A data folder, and a file with which every start makes sure of the account: MariaDB's with the plain
# old password scheme; MySQL, which has dropped or disabled that, keeps its own default.
initialise_mariadb() {
    local server=$1 install account
    if "$server" --version | grep -qi mariadb; then
        install=$(find_program mariadb-install-db mysql_install_db)
        # With a TMPDIR of its own: several at the same time take each other's temporary tables.
        "${as[@]}" env TMPDIR="$dir/tmp" "$install" --no-defaults --datadir="$dir/data" \
            --tmpdir="$dir/tmp" --skip-test-db \
            --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 \
            >"$dir/log" 2>&1 || die "mariadb-install-db failed, see $dir/log"
        account="IDENTIFIED VIA mysql_native_password USING PASSWORD('$password')"
    else
        "${as[@]}" "$server" --no-defaults --initialize-insecure --datadir="$dir/data" \
            >"$dir/log" 2>&1 || die "mysqld --initialize failed, see $dir/log"
        account="IDENTIFIED BY '$password'"
    fi
    # The server reads one statement a line.
    "${as[@]}" tee "$dir/run/init.sql" >/dev/null <<SQL
CREATE USER IF NOT EXISTS '$user'@'%' $account;
GRANT ALL ON *.* TO '$user'@'%' WITH GRANT OPTION;
SQL
}

announce() {
    local engine=$1 scheme=$2 variable=$3 socket=$4
    trap - EXIT
    {
        echo "DRF_DB_ENGINE=$engine"
        echo "DRF_DB_HOST=127.0.0.1"
        echo "DRF_DB_PORT=$port"
        echo "DRF_DB_SOCKET=$socket"
        echo "DRF_DB_USER=$user"
        echo "DRF_DB_PASSWORD=$password"
        echo "DRF_DB_PID=$pid"
        echo "DRF_DB_URL=$scheme://$user:$password@127.0.0.1:$port/"
        echo "export $variable=$scheme://$user:$password@127.0.0.1:$port/"
    } | tee "$dir/env"
}

noted() { sed -n "s/^$1=//p" "$dir/env"; }

halt() {
    local pid deadline
    pid=$(noted DRF_DB_PID)
    # A process id may have been given away: only a process that works below DIR is ours.
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$dir/data" ] || return 0
    # The fast way out on PostgreSQL; MariaDB ends on TERM.
    if grep -q '^DRF_DB_ENGINE=postgres' "$dir/env"; then kill -INT "$pid"; else kill -TERM "$pid"; fi
    deadline=$((SECONDS + 30))
    while alive "$pid"; do
        [ $SECONDS -lt $deadline ] || { kill -KILL "$pid" 2>/dev/null || true; break; }
        sleep 0.05
    done
}

resume() {
    as=()
    if [ "$(id -u)" = 0 ]; then
        as=(setpriv "--reuid=$(stat -c %u "$dir/data")" "--regid=$(stat -c %g "$dir/data")" --clear-groups)
    fi
    port=$(noted DRF_DB_PORT)
    case $(noted DRF_DB_ENGINE) in
        postgres) run_postgres ;;
        mysql) run_mariadb ;;
    esac || die "the server did not start again, see $dir/log"
    trap - EXIT
    sed -i "s/^DRF_DB_PID=.*/DRF_DB_PID=$pid/" "$dir/env"
}

case "${1:-}" in
    start)
        [ $# = 3 ] || usage
        mkdir -p "$3"
        dir=$(cd "$3" && pwd -P)
        [ ! -e "$dir/data" ] || die "$dir holds a server already"
        # A socket's path has at most 107 bytes.
        [ ${#dir} -le 80 ] || die "the path $dir is too long for a socket below it"
        case "$2" in
            postgres | postgresql) start_postgres ;;
            mariadb | mysql | mysqld) start_mariadb ;;
            *) usage ;;
        esac
        ;;
    stop | halt | resume)
        [ $# = 2 ] || usage
        [ -d "$2" ] || die "there is no folder $2"
        dir=$(cd "$2" && pwd -P)
        [ -f "$dir/env" ] || die "no server was started in $dir"
        case $1 in
            stop) halt && rm -f "$dir/env" ;;
            *) "$1" ;;
        esac
        ;;
    *) usage ;;
esac
