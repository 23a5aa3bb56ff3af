#!/bin/sh
# Installs what makes the recordings of `make bench`, ONLY=endpoint and ONLY=wake: sox, and Flite for more voices.
# Where it may not, the benchmark says what is missing.
set -u

missing=""
for package in sox flite; do
  command -v "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -n "$missing" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 || exit 0

echo "Installing$missing for the recordings ..." >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # words on purpose: a list of packages
apt-get -qq update >&2 && apt-get -qq install --yes --no-install-recommends $missing >/dev/null
exit 0
