#!/bin/sh
# Installs what the tests need beside Python: Chromium and fonts of India for the pages, iproute2 for network
# namespaces, ALSA's programs, libopus, libspeexdsp, curl, jq, shellcheck and systemd's for the toy, sox and Flite for the benchmarks' recordings. Where it may not, it says what is missing and goes on; in CI that is an error.
set -u

missing=""
command -v chromium >/dev/null 2>&1 || [ -n "${CHROMIUM:-}" ] || missing="$missing chromium"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
command -v arecord >/dev/null 2>&1 || missing="$missing alsa-utils"
ldconfig -p 2>/dev/null | grep -q libopus.so.0 || missing="$missing libopus0"
ldconfig -p 2>/dev/null | grep -q libspeexdsp.so.1 || missing="$missing libspeexdsp1"
fonts=/usr/share/fonts/truetype
[ -e $fonts/lohit-devanagari/Lohit-Devanagari.ttf ] || missing="$missing fonts-lohit-deva"
[ -e $fonts/lohit-tamil/Lohit-Tamil.ttf ] || missing="$missing fonts-lohit-taml"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
command -v jq >/dev/null 2>&1 || missing="$missing jq"
for program in sox flite; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
command -v shellcheck >/dev/null 2>&1 || missing="$missing shellcheck"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  as_root="sudo -n"
  $as_root true 2>/dev/null || as_root="none"
fi

if [ "$as_root" != none ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing$missing for the tests ..." >&2
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # words on purpose: a command, and a list of packages
  $as_root apt-get -qq update >&2 &&
    $as_root apt-get -qq install --yes --no-install-recommends $missing >/dev/null && exit 0
fi

for package in $missing; do
  echo "$package is missing, so tests that need it are skipped. Install it with: sudo apt install $package" >&2
done
[ "${CI:-}" != true ] || exit 1
