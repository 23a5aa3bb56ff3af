#!/bin/sh
# Builds the hub's Debian package, with all Python packages that it needs inside, for this machine's kind and its Python.
#
#   sh deploy/debian.sh --wheel FILE --into FOLDER [--wheels FOLDER]
#
# `--wheel` is Pommai's own. `--wheels` is a folder with the others; else they are fetched, each by its hash.
# The package's scripts call hub/install/install.sh, so that an upgrade that fails goes back by itself here, too.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
wheel="" wheels="" into=""
python=${PYTHON:-python3}
fail() { echo "debian.sh: $*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || fail "$1 needs a value"
  case $1 in
    --wheel) wheel=$2 ;;
    --wheels) wheels=$2 ;;
    --into) into=$2 ;;
    *) fail "$1: unknown" ;;
  esac
  shift 2
done
[ -f "$wheel" ] || fail "--wheel: name the wheel of pommai"
[ -n "$into" ] || fail "--into: name a folder"
command -v dpkg-deb >/dev/null || fail "dpkg-deb is missing: packages are built on Debian, Ubuntu or Raspberry Pi OS"

runs=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
next=$("$python" -c 'import sys; print("%d.%d" % (sys.version_info[0], sys.version_info[1] + 1))')
version=$(basename "$wheel" | cut -d- -f2)
kind=$(dpkg --print-architecture)

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage"
share=$stage/usr/share/pommai-hub
mkdir -p "$share/hub/install" "$share/requirements" "$share/wheels" "$stage/usr/share/doc/pommai-hub" "$stage/DEBIAN"
cp "$root/hub/install/install.sh" "$root/hub/install/pommai-hub.service" "$share/hub/install/"
cp "$root/requirements/run.txt" "$share/requirements/"
cp "$root/.env.example" "$share/"
cp "$root/LICENSE" "$stage/usr/share/doc/pommai-hub/copyright"
cp "$wheel" "$share/wheels/"
if [ -n "$wheels" ]; then
  cp "$wheels"/*.whl "$share/wheels/"
else
  "$python" -m pip download --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
    -r "$root/requirements/run.txt" -d "$share/wheels"
fi

cat >"$stage/DEBIAN/control" <<END
Package: pommai-hub
Version: $version
Architecture: $kind
Maintainer: The Pommai maintainers <maintainers@pommai.invalid>
Depends: python3 (>= $runs), python3 (<< $next~), python3-venv, passwd, util-linux
Recommends: espeak-ng, libopus0
Section: misc
Priority: optional
Description: home hub for children's AI toys
 It hears a child through a Raspberry Pi in a soft toy, and answers. Each word
 passes a check before it is spoken, parents read all of it on their own pages,
 and what is said stays at home unless they choose otherwise.
END
maintainer() { cat >"$stage/DEBIAN/$1"; chmod 755 "$stage/DEBIAN/$1"; }
maintainer postinst <<'END'
#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
sh /usr/share/pommai-hub/hub/install/install.sh --wheels /usr/share/pommai-hub/wheels
END
maintainer prerm <<'END'
#!/bin/sh
set -e
[ "$1" = remove ] || exit 0
sh /usr/share/pommai-hub/hub/install/install.sh --uninstall
END
# The installer is gone when a package is purged.
maintainer postrm <<'END'
#!/bin/sh
set -e
[ "$1" = purge ] || exit 0
rm -rf /var/lib/pommai-hub /etc/pommai-hub.env
if id pommai-hub >/dev/null 2>&1; then userdel pommai-hub; fi
END

mkdir -p "$into"
dpkg-deb --build --root-owner-group -Znone "$stage" "$into/pommai-hub_${version}_$kind.deb" >/dev/null
echo "$into/pommai-hub_${version}_$kind.deb"
