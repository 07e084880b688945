#!/usr/bin/env bash
# Tries the launcher as a newcomer's machine would: a fresh clone, an empty npm cache, every Node with every npm that can be had.
# Usage: scripts/try-launcher.sh [node versions, "20 22 24 26"] [npm versions, "10 11 12"]. Needs the npm registry and git.
# CASTELLAN_TRY says what to start in the clone (default: the command line's version, the cheapest entry).
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
nodes=${1:-20 22 24 26}
npms=${2:-10 11 12}
try=${CASTELLAN_TRY:-./castellan --version}
outer=$(command -v node) && outer_npm=$(command -v npm) || { echo "needs some Node and npm to fetch the others with"; exit 69; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
machine=$(node -p 'process.platform + "-" + process.arch')
wrong=0

printf '%-9s %-8s %10s %10s  %s\n' node npm 'first (s)' 'again (s)' answer
for major in $nodes; do
  "$outer" "$outer_npm" install --prefix "$work/node$major" --ignore-scripts --no-audit --no-fund --loglevel=error --silent "node-$machine@$major" >&2 ||
    { printf '%-9s cannot be had\n' "$major"; continue; }
  bin="$work/node$major/node_modules/node-$machine/bin"
  for npm in $npms; do
    [ -d "$work/npm$npm" ] || "$outer" "$outer_npm" install --prefix "$work/npm$npm" --ignore-scripts --no-audit --no-fund --loglevel=error --silent "npm@$npm" >&2 ||
      { printf '%-9s %-8s cannot be had\n' "$major" "$npm"; continue; }
    clone="$work/clone"
    rm -rf "$clone" "$work/cache" "$work/bin"
    git -c safe.directory='*' clone -q "$here" "$clone" || exit 1
    # An npm of its own on the path, as an installation has it.
    mkdir "$work/bin"
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$bin/node" "$work/npm$npm/node_modules/npm/bin/npm-cli.js" >"$work/bin/npm"
    chmod +x "$work/bin/npm"
    # shellcheck disable=SC2086
    go() { (cd "$clone" && env -u npm_execpath -u NODE_OPTIONS PATH="$work/bin:$bin:/usr/bin:/bin" npm_config_cache="$work/cache" $try); }
    versions=$(cd "$work" && PATH="$work/bin:$bin:/usr/bin:/bin" sh -c 'node -v; npm -v' 2>/dev/null | tr '\n' ' ')
    start=$(date +%s%N); said=$(go 2>"$work/log"); code=$?; first=$((($(date +%s%N) - start) / 1000000))
    start=$(date +%s%N); go >/dev/null 2>&1; again=$((($(date +%s%N) - start) / 1000000))
    if [ "$code" != 0 ]; then wrong=1; said="FAILED with $code: $(tail -3 "$work/log" | tr '\n' ' ')"; fi
    # shellcheck disable=SC2086
    printf '%-9s %-8s %10s %10s  %s\n' $versions "$((first / 1000)).$((first % 1000 / 100))" "$((again / 1000)).$((again % 1000 / 100))" "$(tail -1 <<<"$said")"
  done
done
exit "$wrong"
