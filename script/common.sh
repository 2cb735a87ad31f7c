# shellcheck shell=bash
# What the scripts in this folder share. Sourced, not run.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"

# CI builds outside the clone, so that the next clone finds third-party crates built.
if [[ "${CI:-}" == true && -z "${CARGO_TARGET_DIR:-}" ]]; then
    export CARGO_TARGET_DIR="${XDG_CACHE_HOME:-$HOME/.cache}/max-ci-target"
    export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"
fi
TARGET="${CARGO_TARGET_DIR:-$ROOT/target}"
# Used by the scripts that source this file.
export TARGET

# Prints the comment at the head of the running script when it is asked for.
help_if_asked() {
    case "${1:-}" in
        -h | --help)
            sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
    esac
}

say() {
    if [[ -t 1 ]]; then printf '\033[1;34m==>\033[0m %s\n' "$*"; else printf '==> %s\n' "$*"; fi
}

die() {
    printf '%s: %s\n' "${0#"$ROOT"/}" "$*" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# Runs a command as root, through sudo where needed.
as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        die "this needs root and there is no sudo. As root, run: $*"
    fi
}

# The folder of the PostgreSQL server's programs, version 15 or newer, the newest first; empty where there is none. The same places
# in which MAX itself looks.
postgres_bin() {
    local folder found
    if [[ -n "${MAX_POSTGRES_BIN:-}" ]]; then
        printf '%s\n' "$MAX_POSTGRES_BIN"
        return
    fi
    found="$(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV)"
    if has postgres; then found="$(dirname "$(readlink -f "$(command -v postgres)")")"$'\n'"$found"; fi
    while read -r folder; do
        if [[ -x "$folder/postgres" && -x "$folder/initdb" ]] \
            && [[ "$("$folder/postgres" --version)" =~ \(PostgreSQL\)\ ([0-9]+) ]] && ((BASH_REMATCH[1] >= 15)); then
            printf '%s\n' "$folder"
            return
        fi
    done <<<"$found"
}

# Builds the web app and the chat widget when their sources have changed since they were last built.
build_web() {
    local stamp=web/node_modules/.max-built now
    now="$(find web \( -name node_modules -o -name dist -o -path web/e2e -o -path web/apps/widget/stories -o -name '*.tsbuildinfo' \) -prune -o -type f -print0 \
        | sort -z | xargs -0 sha256sum | sha256sum)"
    if [[ -f web/apps/agent/dist/index.html && -f web/apps/widget/dist/widget.js && "$(cat "$stamp" 2>/dev/null)" == "$now" ]]; then
        return
    fi
    say "Building the web app and the chat widget"
    VITE_CONFIG_NATIVE_IGNORE_WARNING=true npm --prefix web run --silent build --workspace @max/agent -- --logLevel warn
    npm --prefix web run --silent build --workspace @max/widget
    printf '%s\n' "$now" >"$stamp"
}
