#!/usr/bin/env python3
"""Verifies a Keyreeve audit trail without Keyreeve: Python's standard library, and openssl for Ed25519.

    verify_audit.py TRAIL [VERIFIER.PUB [CHECKPOINT...]]

TRAIL is the directory 'audit' of a data directory, or a copy of it. Without VERIFIER.PUB the key in the trail is
taken, which only shows that the trail agrees with itself. CHECKPOINT: notes kept elsewhere, which find out a trail
that was put back to an older copy. Exit status: 0 sound, 1 not. The format: audit.md beside this file."""
import base64, hashlib, json, os, pathlib, re, subprocess, sys, tempfile


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def require(condition, message):
    if not condition:
        sys.exit(f"NOT SOUND: {message}")


def is_signed(text, signature, public_key):
    with tempfile.TemporaryDirectory() as d:
        der = bytes.fromhex("302a300506032b6570032100") + public_key
        for name, data in (("key", der), ("text", text), ("signature", signature)):
            pathlib.Path(d, name).write_bytes(data)
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", f"{d}/key", "-rawin",
                               "-in", f"{d}/text", "-sigfile", f"{d}/signature"], capture_output=True).returncode == 0


def open_note(note, name, key_id, public_key):
    """A signed note -> (size, root)."""
    text, _, signatures = note.partition("\n\n")
    lines = text.split("\n")
    for line in signatures.split("\n"):
        if line.startswith(f"\u2014 {name} ") and len(lines) >= 3 and lines[0] == name:
            signature = base64.b64decode(line.split(" ")[2])
            if signature[:4] == key_id and is_signed((text + "\n").encode(), signature[4:], public_key):
                return int(lines[1]), base64.b64decode(lines[2])
    require(False, "a checkpoint is malformed, of another trail, or not signed by the trail's key")


def read_checkpoints(trail, key_file, outside):
    """The checkpoints' sizes and roots, by size."""
    name, _, encoded = pathlib.Path(key_file or f"{trail}/verifier.pub").read_text().strip().split("+", 2)
    public_key = base64.b64decode(encoded)[1:]
    files = [f for f in (f"{trail}/checkpoint", f"{trail}/checkpoints", *outside) if os.path.exists(f)]
    roots = {}
    for note in (n for f in files for n in re.findall("(?:[^\n]+\n)+\n(?:\u2014 [^\n]+\n)+", pathlib.Path(f).read_text("utf-8"))):
        size, root = open_note(note, name, sha256(name.encode(), b"\n\1", public_key)[:4], public_key)
        require(roots.setdefault(size, root) == root, f"two checkpoints for {size} records differ")
    return roots


def read_segments(trail):
    """Lines of each segment up to its reserved space (zeros), and the number with which the next one begins."""
    names = sorted((n for n in os.listdir(trail) if re.fullmatch(r"\d{6,}\.jsonl", n)), key=lambda n: int(n[:-6]))
    contents = [pathlib.Path(trail, n).read_bytes().split(b"\0")[0] for n in names]
    for i, content in enumerate(contents):
        after = next((re.match(rb'[^\n]*"seq":(\d+)}\n', c) for c in contents[i + 1:] if c), None)
        yield names[i], content.split(b"\n"), int(after[1]) if after else 1 << 60, not any(contents[i + 1:])


def parse(line, place):
    try:
        record = json.loads(line)
        sound = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == line
    except ValueError:
        sound = False
    require(sound and sorted(record) == ["event", "prev", "seq"], f"{place} is not a canonical record")
    return record


def main(trail, key_file=None, *outside):
    roots = read_checkpoints(trail, key_file, outside)
    size, last, subtrees, signed = 0, bytes(32), [], 0  # subtrees of RFC 6962: (height, root), the largest first
    for name, lines, next_segment, is_last in read_segments(trail):
        for number, line in enumerate(lines[:-1] if is_last else filter(None, lines), 1):  # after the last newline: unfinished
            if size + 1 >= next_segment:
                break  # writing failed here; the next segment has it again
            record = parse(line, f"{name} line {number}")
            require(record["seq"] == size + 1, f"record {record['seq']} stands where {size + 1} should ({name} line {number})")
            require(record["prev"] == last.hex(), f"record {size} or {size + 1} was changed ({name} line {number})")
            size, last, node = size + 1, sha256(line), (0, sha256(b"\0", line))
            while subtrees and subtrees[-1][0] == node[0]:
                node = (node[0] + 1, sha256(b"\1", subtrees.pop()[1], node[1]))
            subtrees.append(node)
            if size in roots:
                root = subtrees[-1][1]
                for _, left in reversed(subtrees[:-1]):
                    root = sha256(b"\1", left, root)
                require(root == roots[size], f"records {signed + 1} to {size} are not those that were signed for")
                signed = size
    require(max(roots, default=0) <= size, f"{max(roots, default=0)} records were signed for, {size} are there")
    require(roots or not size, "there are records but no checkpoint")
    print(f"sound: {size} records, {signed} of them signed for, {size - signed} after the last checkpoint")


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) > 1 else sys.exit(__doc__)
