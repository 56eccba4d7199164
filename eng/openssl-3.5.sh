#!/usr/bin/env bash
# Fetches Debian 13's OpenSSL 3.5 and the C library it needs into artifacts/openssl-3.5, for tests of what older ones lack.
# Nothing is installed. Fails where there is no apt, or it has no such release.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$top/artifacts/openssl-3.5
[ ! -e "$target/usr/lib/x86_64-linux-gnu/libcrypto.so.3" ] || exit 0
[ "$(dpkg --print-architecture)" = amd64 ] || { echo 'Only for amd64.' >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts"
touch "$work/status"
# The machine's own mirror, asked for another release, with a state of its own.
mirror=$(apt-get indextargets --format '$(SITE)' 'Origin: Debian' 'Label: Debian' | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }')
[ -n "$mirror" ] || { echo 'No mirror of Debian is set up; run apt-get update.' >&2; exit 1; }
cat >"$work/parts/trixie.sources" <<TEXT
Types: deb
URIs: $mirror
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
TEXT
options=(-qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/parts" -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o "Dir::State::status=$work/status" -o Acquire::IndexTargets::deb-dep11::DefaultEnabled=false
    -o Acquire::Languages=none -o APT::Sandbox::User=root)
apt-get "${options[@]}" update
(cd "$work" && apt-get "${options[@]}" download libssl3t64 libc6)
for package in "$work"/*.deb; do dpkg -x "$package" "$work/root"; done
mkdir -p "$(dirname "$target")"
rm -rf "$target"
mv "$work/root" "$target"
