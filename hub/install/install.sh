#!/bin/sh
# Installs the hub on Debian, Ubuntu or Raspberry Pi OS (64-bit) as a service, or brings it up to date. Asks nothing.
#
#   sudo sh hub/install/install.sh [OPTIONS]      from a checkout
#
# A new version is made beside the one that runs. Then the hub stops, its data is copied, and the new one starts; where
# that doesn't answer in time, the version and the data of before take their place again.
set -eu

PACKAGES="python3-venv"
USER_NAME=pommai-hub
# The tests install below a folder; then no package, no user and no service is touched.
DESTDIR=${DESTDIR:-}
OPT=$DESTDIR/opt/pommai-hub
CONF=$DESTDIR/etc/pommai-hub.env
STATE=$DESTDIR/var/lib/pommai-hub
UNIT=$DESTDIR/etc/systemd/system/pommai-hub.service
COMMAND=$DESTDIR/usr/local/bin/pommai-hub
BEFORE=$STATE/before-upgrade
# A start reads models and brings the data to its newest shape.
MAX_START_S=180
KEPT_VERSIONS=2

dry_run="" uninstall="" forget="" prepared="" wheels=""
parts=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$parts/../.." && pwd)

say() { echo "install.sh: $*"; }
fail() { echo "install.sh: $*" >&2; exit 1; }
run() { if [ -n "$dry_run" ]; then echo "+ $*"; else "$@"; fi; }

help() {
  cat <<'END'
Installs the hub as a service, or brings it up to date. Asks nothing.

  sudo sh hub/install/install.sh [OPTIONS]

OPTIONS:
  --prepared DIR    take the program from this folder, which is moved, in place of installing it from this checkout
  --wheels DIR      install the packages from this folder, and fetch none
  --dry-run         show what would be done, do nothing
  --uninstall       remove it, but keep its settings and the household's data
  --forget          with --uninstall: these, too
  --help            show this, do nothing
END
}

# put FILE MODE < CONTENT: whole or not at all.
put() {
  if [ -n "$dry_run" ]; then echo "+ write $1"; cat >/dev/null; return; fi
  mkdir -p "$(dirname "$1")"
  cat >"$1.new"
  chmod "$2" "$1.new"
  mv "$1.new" "$1"
}

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --prepared)
        [ $# -ge 2 ] || fail "$1 needs a value"
        [ -x "$2/bin/pommai-hub" ] || fail "--prepared $2: there is no bin/pommai-hub in it"
        prepared=$2
        shift ;;
      --wheels)
        [ $# -ge 2 ] || fail "$1 needs a value"
        ls "$2"/pommai-*.whl >/dev/null 2>&1 || fail "--wheels $2: there is no wheel of pommai in it"
        wheels=$2
        shift ;;
      --dry-run) dry_run=1 ;;
      --uninstall) uninstall=1 ;;
      --forget) forget=1 ;;
      --help | -h) help; exit 0 ;;
      *) fail "$1: unknown; --help lists what there is" ;;
    esac
    shift
  done
  [ -z "$forget" ] || [ -n "$uninstall" ] || fail "--forget goes with --uninstall"
}

check_machine() {
  [ -n "$dry_run$DESTDIR" ] || [ "$(id -u)" -eq 0 ] || fail "needs root: sudo sh install.sh"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "needs Python 3.11 or newer: Debian bookworm and Ubuntu 24.04 have it"
  [ -f "$source/requirements/run.txt" ] || fail "this is no checkout of pommai"
}

install_packages() {
  [ -z "$DESTDIR" ] || return 0
  dpkg-query -W -f '${Status}' "$PACKAGES" 2>/dev/null | grep -q "ok installed" && return 0
  run apt-get -qq update
  run env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "$PACKAGES"
}

# Sets version: a folder of its own for each, so that the one of before stays as it is.
install_program() {
  version=$OPT/versions/$(date -u +%Y%m%dT%H%M%S).$$
  if [ -n "$prepared" ]; then
    run mkdir -p "$OPT/versions"
    run mv "$prepared" "$version"
    return
  fi
  run python3 -m venv "$version"
  set -- "$version/bin/pip" install --quiet --disable-pip-version-check
  if [ -n "$wheels" ]; then
    run "$@" --no-index --find-links "$wheels" --require-hashes -r "$source/requirements/run.txt"
    run "$@" --no-index --no-deps "$wheels"/pommai-*.whl
  else
    run "$@" --require-hashes -r "$source/requirements/run.txt"
    run "$@" --no-index --no-deps --no-build-isolation "$source"
  fi
}

install_user() {
  [ -z "$DESTDIR" ] || return 0
  id "$USER_NAME" >/dev/null 2>&1 ||
    run useradd --system --home-dir "$STATE" --no-create-home --shell /usr/sbin/nologin "$USER_NAME"
  run install -d -m 700 -o "$USER_NAME" -g "$USER_NAME" "$STATE"
}

install_settings() {
  if [ ! -f "$CONF" ]; then
    { cat "$source/.env.example"; echo "POMMAI_DATA=/var/lib/pommai-hub"; } | put "$CONF" 600
  fi
  put "$COMMAND" 755 <<'END'
#!/bin/sh
# The hub's command, on the data and as the user of its service.
set -- /opt/pommai-hub/current/bin/pommai-hub "$@" --data /var/lib/pommai-hub
cd /
[ "$(id -u)" -ne 0 ] || exec runuser -u pommai-hub -- "$@"
exec "$@"
END
  put "$UNIT" 644 <"$parts/pommai-hub.service"
}

runs_systemd() { [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]; }

# Below a folder, a test's own three programs stand for systemd's.
stop() { if [ -n "$DESTDIR" ]; then "$DESTDIR/stop"; elif runs_systemd; then systemctl stop pommai-hub; fi; }
start() { if [ -n "$DESTDIR" ]; then "$DESTDIR/start"; elif runs_systemd; then systemctl restart pommai-hub; fi; }
# A service of Type=notify has started when its pages answered.
answers() { if [ -n "$DESTDIR" ]; then "$DESTDIR/answers"; elif runs_systemd; then systemctl is-active --quiet pommai-hub; fi; }

# comes_up SECONDS
comes_up() {
  start || return 1
  tries=0
  until answers; do
    tries=$((tries + 1))
    [ "$tries" -lt "$1" ] || return 1
    sleep 1
  done
}

point_to() {
  ln -s "$1" "$OPT/current.new"
  mv -T "$OPT/current.new" "$OPT/current"
}

copy_data() {
  rm -rf "$BEFORE"
  mkdir -m 700 "$BEFORE"
  for file in "$STATE"/pommai.db* "$STATE/certs" "$STATE/ratings"; do
    [ ! -e "$file" ] || cp -a "$file" "$BEFORE/"
  done
}

bring_data_back() {
  for file in "$STATE"/pommai.db* "$STATE/certs" "$STATE/ratings"; do rm -rf "$file"; done
  for file in "$BEFORE"/*; do [ ! -e "$file" ] || cp -a "$file" "$STATE/"; done
}

# One step after the other; where the new version doesn't come up, back to before.
switch() {
  if [ -n "$dry_run" ]; then echo "+ stop the hub, copy its data, start $version; back if it does not answer"; return; fi
  old=$(readlink "$OPT/current" || true)
  mkdir -p "$STATE"
  stop || true
  copy_data || { start; fail "the data can't be copied, so nothing was changed"; }
  point_to "$version"
  if comes_up "${FIRST_ANSWER_S:-$MAX_START_S}"; then
    rm -rf "$BEFORE"
    remove_old
    return
  fi
  [ -n "$old" ] || fail "the hub does not answer: journalctl -u pommai-hub says why"
  say "the new version does not answer: going back to the one of before"
  stop || true
  bring_data_back
  point_to "$old"
  rm -rf "$version"
  comes_up "$MAX_START_S" || fail "the version of before does not answer either: journalctl -u pommai-hub says why"
  fail "the hub runs as before; nothing of the household was changed"
}

remove_old() {
  find "$OPT/versions" -mindepth 1 -maxdepth 1 -type d | sort -r | tail -n +$((KEPT_VERSIONS + 1)) |
    while read -r folder; do rm -rf "$folder"; done
}

enable_service() {
  runs_systemd || { [ -n "$DESTDIR" ] || say "systemd does not run here: the hub starts with the next boot"; return 0; }
  run systemctl daemon-reload
  run systemctl enable --quiet pommai-hub
}

remove() {
  if [ -z "$DESTDIR" ] && [ -f "$UNIT" ]; then
    [ ! -d /run/systemd/system ] || run systemctl stop pommai-hub
    run systemctl disable --quiet pommai-hub
  fi
  run rm -rf "$OPT" "$UNIT" "$COMMAND"
  if [ -n "$forget" ]; then
    run rm -rf "$STATE" "$CONF"
    [ -n "$DESTDIR" ] || ! id "$USER_NAME" >/dev/null 2>&1 || run userdel "$USER_NAME"
  else
    say "kept: $CONF and $STATE; remove them with --uninstall --forget"
  fi
  ! runs_systemd || run systemctl daemon-reload
}

parse "$@"
check_machine
if [ -n "$uninstall" ]; then
  remove
  say "removed"
  exit 0
fi
install_packages
install_program
install_user
install_settings
enable_service
switch
say "the hub is installed. Its address and the code for the first password: journalctl -u pommai-hub"
