#!/bin/sh
# Installs a toy on Raspberry Pi OS (64-bit, bookworm or trixie) as a service, or brings it up to date. Asks nothing.
#
#   sudo sh satellite/install/install.sh [OPTIONS]                    from a checkout
#   unzip -p pommai-0.1.0-py3-none-any.whl satellite/install/install.sh |
#     sudo sh -s -- --wheel pommai-0.1.0-py3-none-any.whl [OPTIONS]   from a wheel alone
#
# OPTIONS: see `help` below, or --help.
set -eu

PACKAGES="python3-venv alsa-utils libopus0 libspeexdsp1"
# Its pins' driver is in Raspberry Pi OS, and on PyPI not for every Python.
PI_PACKAGES="python3-lgpio"
USER_NAME=pommai-satellite
# The tests install below a folder; then no package, no user and no service is touched.
DESTDIR=${DESTDIR:-}
OPT=$DESTDIR/opt/pommai-satellite
CONF=$DESTDIR/etc/pommai-satellite.conf
STATE=$DESTDIR/var/lib/pommai-satellite
UNIT=$DESTDIR/etc/systemd/system/pommai-satellite.service
JOURNAL=$DESTDIR/etc/systemd/journald.conf.d/pommai-satellite.conf
COMMAND=$DESTDIR/usr/local/bin/pommai-satellite

dry_run="" wheel="" uninstall="" forget="" name="" hardware="" wake="" plain=""

say() { echo "install.sh: $*"; }
fail() { echo "install.sh: $*" >&2; exit 1; }
run() { if [ -n "$dry_run" ]; then echo "+ $*"; else "$@"; fi; }

help() {
  cat <<'END'
Installs a toy on Raspberry Pi OS as a service, or brings it up to date. Asks nothing.

  sudo sh satellite/install/install.sh [OPTIONS]

OPTIONS, kept in /etc/pommai-satellite.conf:
  --name NAME       how hubs list the toy
  --hardware NAME   alsa, usb or respeaker-2mic
  --wake NAME       manual (the button), voice or word (a wake word)
  --plain           no pairing and no encryption, for Home Assistant and other Wyoming hubs
or:
  --wheel FILE      install from this wheel of pommai, not from a checkout
  --dry-run         show what would be done, do nothing
  --uninstall       remove it, but keep its settings, its identity and its pairing
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

# One setting of the service: replaces the line, or adds it.
setting() {
  case $2 in *[\"\\\$\`]* | *"
"*) fail "--name, --hardware and --wake take no quotes, backslashes or dollar signs" ;; esac
  others=$(grep -v "^POMMAI_SATELLITE_$1=" "$CONF" 2>/dev/null || true)
  printf '%s\nPOMMAI_SATELLITE_%s="%s"\n' "$others" "$1" "$2" | sed '/^$/d' | put "$CONF" 644
}

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --wheel | --name | --hardware | --wake)
        [ $# -ge 2 ] || fail "$1 needs a value"
        case $1 in
          --wheel) wheel=$2 ;;
          --name) name=$2 ;;
          --hardware) hardware=$2 ;;
          --wake) wake=$2 ;;
        esac
        shift ;;
      --plain) plain=1 ;;
      --dry-run) dry_run=1 ;;
      --uninstall) uninstall=1 ;;
      --forget) forget=1 ;;
      --help | -h) help; exit 0 ;;
      *) fail "$1: unknown; --help lists what there is" ;;
    esac
    shift
  done
  case $hardware in "" | alsa | usb | respeaker-2mic) ;; *)
    fail "--hardware $hardware: must be alsa, usb or respeaker-2mic" ;; esac
  case $wake in "" | manual | voice | word) ;; *) fail "--wake $wake: must be manual, voice or word" ;; esac
  [ -z "$forget" ] || [ -n "$uninstall" ] || fail "--forget goes with --uninstall"
}

# Sets source (what pip installs) and parts (the folder of what goes with this script).
find_source() {
  if [ -n "$wheel" ]; then
    [ -f "$wheel" ] || fail "--wheel $wheel: there is no such file"
    source=$wheel
    parts=$(mktemp -d)
    trap 'rm -rf "$parts"' EXIT
    python3 - "$wheel" "$parts" <<'PYTHON' || fail "--wheel $wheel: is it a wheel of pommai?"
import sys, zipfile
wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as packed:
    for name in ("launch.py", "pommai-satellite.service", "requirements.txt"):
        with open(f"{folder}/{name}", "wb") as file:
            file.write(packed.read(f"satellite/install/{name}"))
PYTHON
    return
  fi
  parts=$(cd "$(dirname "$0")" && pwd)
  source=$(cd "$parts/../.." && pwd)
  [ -f "$source/pyproject.toml" ] || fail "this is no checkout of pommai: name a wheel with --wheel"
}

check_machine() {
  [ -n "$dry_run$DESTDIR" ] || [ "$(id -u)" -eq 0 ] || fail "needs root: sudo sh install.sh"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "needs Python 3.11 or newer: Raspberry Pi OS bookworm or trixie has it"
}

install_packages() {
  [ -z "$DESTDIR" ] || return 0
  missing=""
  wanted=$PACKAGES
  ! grep -qs "^Raspberry Pi" /proc/device-tree/model || wanted="$wanted $PI_PACKAGES"
  for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  run apt-get -qq update
  # shellcheck disable=SC2086 # a list of packages
  run env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $missing
}

install_program() {
  run python3 -m venv "$OPT"
  run "$OPT/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r "$parts/requirements.txt"
  run "$OPT/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --force-reinstall "$source"
  for file in /usr/lib/python3/dist-packages/lgpio.py /usr/lib/python3/dist-packages/_lgpio*.so; do
    [ ! -e "$file" ] || run ln -sf "$file" "$OPT"/lib/python3*/site-packages/
  done
  put "$OPT/launch.py" 644 <"$parts/launch.py"
  run rm -rf "$STATE/software" # what a hub sent: this is newer, or wanted back
}

install_user() {
  [ -z "$DESTDIR" ] || return 0
  id "$USER_NAME" >/dev/null 2>&1 ||
    run useradd --system --home-dir "$STATE" --no-create-home --shell /usr/sbin/nologin "$USER_NAME"
  for group in audio gpio spi; do
    ! getent group "$group" >/dev/null || run usermod -aG "$group" "$USER_NAME"
  done
}

install_settings() {
  [ -f "$CONF" ] || put "$CONF" 644 <<'END'
# The toy's settings: any option of `pommai-satellite run` in capitals.
# After a change: sudo systemctl restart pommai-satellite
END
  setting STATE /var/lib/pommai-satellite
  [ -z "$name" ] || setting NAME "$name"
  [ -z "$hardware" ] || setting HARDWARE "$hardware"
  [ -z "$wake" ] || setting WAKE "$wake"
  [ -z "$plain" ] || setting PLAIN yes
  put "$COMMAND" 755 <<'END'
#!/bin/sh
# The toy's command, with the settings of its service; and as its user, as nothing that a hub sent is to be root.
set -a
. /etc/pommai-satellite.conf
HOME=/var/lib/pommai-satellite LG_WD=/tmp
cd /
set -- /opt/pommai-satellite/bin/python /opt/pommai-satellite/launch.py "$@"
[ "$(id -u)" -ne 0 ] || exec runuser -u pommai-satellite -- "$@"
exec "$@"
END
  put "$JOURNAL" 644 <<'END'
# An SD card is small and wears out: old logs go.
[Journal]
SystemMaxUse=32M
RuntimeMaxUse=8M
END
}

install_service() {
  put "$UNIT" 644 <"$parts/pommai-satellite.service"
  [ -z "$DESTDIR" ] || return 0
  if [ "$hardware" = respeaker-2mic ] && command -v raspi-config >/dev/null; then
    run raspi-config nonint do_spi 0
  fi
  if [ ! -d /run/systemd/system ]; then
    say "systemd does not run here: the toy starts with the next boot"
    [ ! -d /etc/systemd/system ] || run systemctl enable --quiet pommai-satellite
    return 0
  fi
  run systemctl daemon-reload
  run systemctl restart systemd-journald
  run systemctl enable --quiet pommai-satellite
  run systemctl restart pommai-satellite
}

remove() {
  if [ -z "$DESTDIR" ] && [ -f "$UNIT" ]; then
    [ ! -d /run/systemd/system ] || run systemctl stop pommai-satellite
    run systemctl disable --quiet pommai-satellite
  fi
  run rm -rf "$OPT" "$UNIT" "$COMMAND" "$JOURNAL"
  if [ -n "$forget" ]; then
    run rm -rf "$STATE" "$CONF"
    [ -n "$DESTDIR" ] || ! id "$USER_NAME" >/dev/null 2>&1 || run userdel "$USER_NAME"
  else
    say "kept: $CONF and $STATE; remove them with --uninstall --forget"
  fi
  [ -n "$DESTDIR" ] || [ ! -d /run/systemd/system ] || run systemctl daemon-reload
}

parse "$@"
check_machine
if [ -n "$uninstall" ]; then
  remove
  say "removed"
  exit 0
fi
find_source
install_packages
install_program
install_user
install_settings
install_service
say "the toy is installed. Try it: sudo pommai-satellite doctor. Its log: journalctl -fu pommai-satellite"
