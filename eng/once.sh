# ./run --once: the whole job, end to end, on real input. Sourced by ./run, which sets $keyreeve.

step_number=0
# step NAME TEXT: one line of the account.
step() { step_number=$((step_number + 1)); printf '%s%2d  %-13s%s %s\n' "$bold" "$step_number" "$1" "$plain" "$2"; }
detail() { printf '%18s%s\n' '' "$*"; }

now() { printf '%s' "${EPOCHREALTIME/,/.}"; }
seconds_since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f", b - a }'; }
mib() { awk -v bytes="$1" 'BEGIN { printf "%.1f MiB", bytes / 1048576 }'; }
thousands() { sed -E ':a; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; ta' <<<"$1"; }
sha256() { sha256sum "$1" | cut -d' ' -f1; }
# field NAME <<<JSON: the value of a member of the outermost object.
field() { sed -n -E "s/^  \"$1\": \"?([^\",]*)\"?,?$/\1/p" | head -n 1; }

# as WHO ARGUMENTS...: the command line as one of the principals.
as() { local who=$1; shift; "$keyreeve" "$@" --config "$once_dir/$who/client.conf"; }

once_cleanup() {
    if [ -n "${once_server:-}" ]; then
        kill -9 "$once_server" 2>/dev/null || true
        wait "$once_server" 2>/dev/null || true
    fi
    [ -z "${once_dir:-}" ] || rm -rf "$once_dir"
}

# The server as a process of its own; the first start takes free ports, later ones the same.
start_server() {
    local started deadline ready=$once_dir/ready
    started=$(now)
    : >"$ready"
    "$keyreeve" server --config "$once_dir/keyreeve.conf" --set "kmip.port=${kmip_port_once:-0}" --set "rest.port=${https_port_once:-0}" \
        >"$ready" 2>>"$once_dir/server.log" &
    once_server=$!
    deadline=$((SECONDS + 30))
    until grep -q 'https://' "$ready"; do
        kill -0 "$once_server" 2>/dev/null || { cat "$ready" "$once_dir/server.log" >&2; die 'The server did not start.'; }
        [ $SECONDS -lt $deadline ] || die 'The server was not ready within 30 s.'
        sleep 0.05
    done
    address=$(grep -o 'https://[^ ]*' "$ready" | head -n 1)
    https_port_once=${address##*:}
    kmip_port_once=$(sed -n 's/^ *KMIP .*:\([0-9]*\)$/\1/p' "$ready")
    start_time=$(seconds_since "$started")
}

enrol() {
    local who=$1 code=$2
    mkdir -m 700 "$once_dir/$who"
    # By standard input: nobody on this machine reads it from the command line.
    "$keyreeve" enroll --server "$address" --code - --ca-fingerprint "$fingerprint" --config "$once_dir/$who/client.conf" <<<"$code" >/dev/null
}

make_file() {
    local path=$1 bytes=$2
    # tar is cut short on purpose, and told so by a closed pipe.
    { tar -c -C / --warning=none usr 2>/dev/null || true; } | head -c "$bytes" >"$path"
    [ "$(stat -c %s "$path")" = "$bytes" ] || die "/usr holds less than $(mib "$bytes"); choose a smaller --size."
}

# encrypt_file IN OUT, decrypt_file IN OUT: with what they took.
encrypt_file() { as backup encrypt "$1" --to "$2" --key archive --context purpose=demonstration --output json >"$once_dir/answer"; speed_of "$1"; }
decrypt_file() { as backup decrypt "$1" --to "$2" --context purpose=demonstration --output json >"$once_dir/answer"; speed_of "$2"; }
speed_of() {
    took=$(field seconds <"$once_dir/answer")
    speed=$(awk -v s="$took" -v bytes="$(stat -c %s "$1")" 'BEGIN { printf "%.2f s, %.0f MB/s", s, bytes / 1e6 / s }')
}

# opens IN ORIGINAL: decrypts, compares, and says so.
opens() {
    rm -f "$once_dir/back"
    decrypt_file "$1" "$once_dir/back"
    [ "$(sha256 "$once_dir/back")" = "$2" ] || die "$(basename "$1") decrypted to something else."
    rm -f "$once_dir/back"
}

run_once() {
    local size_in_bytes=$(($1 * 1048576)) began answer original newer refusal status room
    once_dir=$(mktemp -d "${TMPDIR:-/tmp}/keyreeve-once.XXXXXX")
    trap once_cleanup EXIT
    trap 'exit 130' INT TERM
    room=$(df -B1 --output=avail "$once_dir" | tail -n 1)
    [ "$room" -gt $((size_in_bytes * 5)) ] || die "$once_dir has no room for five files of $(mib "$size_in_bytes"); name a larger place by TMPDIR."
    began=$(now)
    printf '%sKeyreeve: the whole job, on this machine.%s Everything lies in %s and is gone afterwards.\n\n' "$bold" "$plain" "$once_dir"

    (umask 077
     mkdir "$once_dir/data"
     head -c 32 /dev/urandom | base64 >"$once_dir/passphrase"
     printf '[server]\ndata-directory = %s\n[seal]\npassphrase-file = %s\n' "$once_dir/data" "$once_dir/passphrase" >"$once_dir/keyreeve.conf")
    answer=$("$keyreeve" init --config "$once_dir/keyreeve.conf" --output json)
    fingerprint=$(field caFingerprint <<<"$answer")
    start_server
    step 'Server' "process $once_server, ready in $start_time s: KMIP on port $kmip_port_once, $address"

    enrol admin "$(field code <<<"$answer")"
    answer=$(as admin enrolment-code create backup --group archive --allow use --output json)
    enrol backup "$(field code <<<"$answer")"
    step 'Principals' "'admin' administers keys and may not use them; 'backup' may use those of the group 'archive'"
    detail 'Each made its private key itself and got a certificate for a one-time code.'

    answer=$(as admin key create archive --group archive --output json)
    step 'Key' "'archive', $(field algorithm <<<"$answer")-$(field lengthInBits <<<"$answer"), version $(field currentVersion <<<"$answer"), $(field id <<<"$answer")"

    make_file "$once_dir/usr.tar" "$size_in_bytes"
    original=$(sha256 "$once_dir/usr.tar")
    step 'File' "$(mib "$size_in_bytes") of this machine's own /usr, SHA-256 ${original:0:16}…"
    encrypt_file "$once_dir/usr.tar" "$once_dir/usr.tar.kre"
    step 'Encrypted' "$speed; $(thousands $(($(stat -c %s "$once_dir/usr.tar.kre") - size_in_bytes))) bytes longer, under a data key that only 'archive' unwraps"
    opens "$once_dir/usr.tar.kre" "$original"
    step 'Decrypted' "$speed; the same SHA-256"

    answer=$(as admin key rotate archive --output json)
    step 'Rotated' "version $(field currentVersion <<<"$answer") encrypts from now on"
    opens "$once_dir/usr.tar.kre" "$original"
    detail "The old file still opens ($speed)."
    { cat "$once_dir/usr.tar"; date; } >"$once_dir/newer.tar"
    newer=$(sha256 "$once_dir/newer.tar")
    encrypt_file "$once_dir/newer.tar" "$once_dir/newer.tar.kre"
    rm "$once_dir/newer.tar" "$once_dir/usr.tar"
    detail "A new one is under version $("$keyreeve" inspect "$once_dir/newer.tar.kre" --output json | field keyVersion) ($speed)."

    kill -9 "$once_server"
    wait "$once_server" 2>/dev/null || true
    start_server
    step 'kill -9' "and started again as process $once_server, ready in $start_time s"
    opens "$once_dir/usr.tar.kre" "$original"
    opens "$once_dir/newer.tar.kre" "$newer"
    detail 'Both files open.'

    as admin key destroy archive --now --confirm archive >/dev/null
    step 'Destroyed' "'archive' and both its versions"
    status=0
    refusal=$(as backup decrypt "$once_dir/usr.tar.kre" --to "$once_dir/back" --context purpose=demonstration 2>&1) || status=$?
    [ "$status" != 0 ] && [ ! -e "$once_dir/back" ] || die 'The file still opens, though its key was destroyed.'
    detail "Decryption is refused, exit code $status:"
    detail "  $(head -n 1 <<<"$refusal")"

    local stopping
    stopping=$(now)
    kill -TERM "$once_server"
    wait "$once_server" || die "The server did not end cleanly; its log: $(tail -n 5 "$once_dir/server.log")"
    once_server=''
    step 'Stopped' "cleanly, in $(seconds_since "$stopping") s"

    status=0
    answer=$("$keyreeve" audit verify --config "$once_dir/keyreeve.conf" --output json) || status=$?
    [ "$status" = 0 ] || die "The audit trail does not verify: $answer"
    step 'Audit' "$(thousands "$(field records <<<"$answer")") records, all in their chain, $(thousands "$(field signedRecords <<<"$answer")") signed for. All of this, as it was recorded:"
    printf '\n'
    "$keyreeve" audit show --last 100 --config "$once_dir/keyreeve.conf" | sed 's/^/    /'
    printf '\n%sAll of it worked, in %s s.%s\n' "$green" "$(seconds_since "$began")" "$plain"
}
