#!/bin/sh
# Makes what a release consists of in dist/, and tags the commit with its version: `make release`.
#
# The wheel, the hub's Debian package for this machine's kind and Python, Home Assistant's integration and its add-on, the
# notes of this version from CHANGELOG.md, and the checksums of all of them. Nothing is uploaded.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
python=$root/.venv/bin/python
dist=dist
fail() { echo "release.sh: $*" >&2; exit 1; }

version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
tag=v$version
[ -z "$(git status --porcelain)" ] || fail "commit first: a release is made of what is committed"
if git rev-parse --quiet --verify "refs/tags/$tag" >/dev/null; then
  [ "$(git rev-parse "$tag^{commit}")" = "$(git rev-parse HEAD)" ] ||
    fail "$tag is another commit: give pyproject.toml the next version"
fi
notes=$(sed -n "/^## $version\$/,/^## /p" CHANGELOG.md | sed '/^## /d')
[ -n "$notes" ] || fail "CHANGELOG.md has no part \"## $version\""

rm -rf "$dist"
mkdir "$dist"
"$python" -m hatchling build -t wheel -d "$dist" >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" integrations/homeassistant/make_hacs.py --into "$work/hacs"
cp "$work/hacs/pommai.zip" "$dist/pommai-home-assistant-$version.zip"
addon=$work/addon/pommai
mkdir "$work/addon"
cp -R integrations/homeassistant/addon "$addon"
mv "$addon/repository.yaml" "$work/addon/"
cp "$dist"/pommai-*.whl requirements/run.txt LICENSE integrations/homeassistant/custom_components/pommai/brand/icon.png "$addon/"
(cd "$work/addon" && "$python" -m zipfile -c "$root/$dist/pommai-home-assistant-add-on-$version.zip" pommai repository.yaml)
if command -v dpkg-deb >/dev/null; then
  PYTHON=$python sh deploy/debian.sh --wheel "$dist"/pommai-*.whl --into "$dist" ${WHEELS:+--wheels "$WHEELS"} >/dev/null
else
  echo "release.sh: no Debian package is made, as dpkg-deb is missing" >&2
fi
printf '# Pommai %s\n%s\n' "$version" "$notes" >"$dist/NOTES.md"
(cd "$dist" && sha256sum -- * >"$work/sums" && mv "$work/sums" SHA256SUMS)
git rev-parse --quiet --verify "refs/tags/$tag" >/dev/null || git tag -a "$tag" -m "Pommai $version"
echo "$tag:"
du -h "$dist"/*
