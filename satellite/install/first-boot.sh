#!/bin/sh
# A toy's first start, from a card that `pommai-hub card` prepared.
#
#   sh first-boot.sh prepare             once, without a network: called by cloud-init (trixie) or by systemd.run (bookworm)
#   sh first-boot.sh install [OPTIONS]   by the service that `prepare` makes, every half minute until it has worked;
#                                        OPTIONS go to install.sh
#
# What it says is pommai-log.txt on the card's boot partition, so that any computer can read it.
set -eu

DESTDIR=${DESTDIR:-}
BOOT=$DESTDIR/boot/firmware
CARD=$BOOT/pommai
NAME=pommai-first-boot
UNIT=$DESTDIR/etc/systemd/system/$NAME.service
IMAGER=$DESTDIR/usr/lib/raspberrypi-sys-mods/imager_custom
KERNEL_WORDS='s/ systemd\.(run|run_success_action|unit)=[^ ]*//g'

system() { [ -n "$DESTDIR" ] || systemctl --quiet "$@" || true; }

prepare() {
  if [ -n "$HOST_NAME" ]; then # bookworm; cloud-init did these
    rm -f "$BOOT/firstrun.sh"
    sed -i -E "$KERNEL_WORDS" "$BOOT/cmdline.txt" # before what can fail, as it would be run for ever
    "$IMAGER" set_hostname "$HOST_NAME"
    "$IMAGER" set_wlan "$WIFI" "$WIFI_KEY" "$COUNTRY"
    [ -z "$TIME_ZONE" ] || "$IMAGER" set_timezone "$TIME_ZONE"
  fi
  mkdir -p "$(dirname "$UNIT")"
  cat >"$UNIT" <<UNIT_FILE
[Unit]
Description=Install the toy
After=network.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/bin/sh /boot/firmware/pommai/first-boot.sh install
StandardOutput=truncate:/boot/firmware/pommai-log.txt
StandardError=inherit
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
UNIT_FILE
  system disable ssh.service
  system disable --now userconfig.service # it would ask for a user on a screen that a toy does not have
  system daemon-reload
  system enable "$NAME"
  [ -n "$HOST_NAME" ] || system start --no-block "$NAME" # else the Pi is started anew first
}

install() {
  date -u
  set -- --wheel "$CARD"/pommai-*.whl --name "$TOY" --hardware "$HARDWARE" --wake "$WAKE" "$@"
  DESTDIR=$DESTDIR sh "$CARD/install.sh" "$@"
  system disable "$NAME"
  rm -rf "$UNIT" "$CARD"
}

# shellcheck source=/dev/null # the command writes it
. "$CARD/card.conf"
case ${1:-} in
  prepare) prepare ;;
  install) shift; install "$@" ;;
  *) echo "first-boot.sh: prepare or install?" >&2; exit 1 ;;
esac
