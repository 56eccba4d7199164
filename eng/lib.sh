# Shared by the scripts at the root; sourced, never run.

# No MSBuild node or compiler server outlives a script: a leftover would hold its output open.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
build_flags=(--nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=false)

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
else bold='' red='' green='' yellow='' plain=''; fi

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s%s%s\n' "$red" "$*" "$plain" >&2; exit 1; }

need_dotnet() {
    command -v dotnet >/dev/null 2>&1 ||
        die 'The .NET 10 SDK is needed and `dotnet` is not on the PATH. See https://dot.net/download'
    local found
    found=$(cd "$top" && dotnet --version 2>/dev/null) ||
        die "No .NET SDK here satisfies global.json, which asks for $(grep -o '"version": *"[^"]*"' "$top/global.json"). Found: $(dotnet --list-sdks | tr '\n' ' ')"
    case $found in 10.*) ;; *) die "The .NET 10 SDK is needed; found $found." ;; esac
}

# quietly WORDS COMMAND...: runs the command, says one line with the time taken, and shows its output only when it fails.
quietly() {
    local what=$1 log started=$SECONDS
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1 </dev/null; then
        printf '%s %s(%d s)%s\n' "$what" "$green" $((SECONDS - started)) "$plain" >&2
        rm -f "$log"
        return 0
    fi
    printf '%s%s failed:%s\n' "$red" "$what" "$plain" >&2
    # MSBuild repeats each message in its summary.
    awk '!seen[$0]++' "$log" | tail -n 60 >&2
    rm -f "$log"
    return 1
}
