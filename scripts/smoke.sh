#!/usr/bin/env bash
# Starts the main job as a newcomer would, fetches what a newcomer would look at, and stops it.
set -uo pipefail
cd "$(dirname "$0")/.."
port=${PORT:-4380}
data=$(mktemp -d)
log=$(mktemp)
started=$(date +%s%N)
CASTELLAN_DATA="$data" PORT="$port" npm start >"$log" 2>&1 &
pid=$!
base="http://127.0.0.1:$port"
stop() { kill -TERM "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -rf "$data"; }
trap stop EXIT

for _ in $(seq 1 600); do
  curl -fsS -o /dev/null "$base/readyz" 2>/dev/null && break
  kill -0 "$pid" 2>/dev/null || { echo "it stopped by itself:"; tail -40 "$log"; exit 1; }
  sleep 0.2
done
curl -fsS -o /dev/null "$base/" || { echo "no directory after two minutes:"; tail -40 "$log"; exit 1; }
echo "first live page after $((($(date +%s%N) - started) / 1000000)) ms"

app=$(curl -fsS "$base/api/v1/apps" | grep -oE '"app":"[^"]+"' | head -1 | cut -d'"' -f4)
[ -n "$app" ] || { echo "the directory lists no app"; exit 1; }
wrong=0
fetch() {
  local path=$1 type=$2 got
  got=$(curl -fsS -o /tmp/castellan-smoke.body -w '%{http_code} %{content_type} %{size_download}' "$base$path") || { echo "FAILED $path: $got"; wrong=1; return; }
  case "$got" in
    "200 $type"*) echo "ok $path ($got)" ;;
    *) echo "FAILED $path: $got, wanted $type"; wrong=1 ;;
  esac
}
fetch / text/html
fetch "/apps/$app" text/html
fetch "/badge/$app.svg" image/svg+xml
fetch "/badge/$app.png" image/png
fetch "/badge/$app.json" application/json
fetch "/api/v1/apps/$app/trust" application/json
fetch /openapi.json application/json
fetch /healthz application/json
fetch /metrics text/plain
exit "$wrong"
