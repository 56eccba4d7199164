#!/usr/bin/env python3
"""Verifies a Keyreeve audit trail without Keyreeve: Python's standard library, and openssl for Ed25519.
    verify_audit.py [--from POSITION] TRAIL [VERIFIER.PUB [CHECKPOINT...]]     a trail, or a copy of it
    verify_audit.py --proof FILE VERIFIER.PUB                                  what 'keyreeve audit prove' wrote
CHECKPOINT: notes kept elsewhere. POSITION: where an earlier run ended. Without VERIFIER.PUB: the trail's own. Status: 0 sound, 1 not."""
import base64, functools, hashlib, json, os, pathlib, re, subprocess, sys, tempfile

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()
def require(condition, message):
    return condition or sys.exit(f"NOT SOUND: {message}")
def is_signed(text, signature, public_key):
    with tempfile.TemporaryDirectory() as d:
        for name, data in (("key", bytes.fromhex("302a300506032b6570032100") + public_key), ("text", text), ("signature", signature)):
            pathlib.Path(d, name).write_bytes(data)
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", f"{d}/key", "-rawin",
                               "-in", f"{d}/text", "-sigfile", f"{d}/signature"], capture_output=True).returncode == 0

def open_note(note, key_file):  # -> the number of records and the tree's root
    name, _, encoded = pathlib.Path(key_file).read_text().strip().split("+", 2)
    public_key, (text, _, signatures) = base64.b64decode(encoded)[1:], note.partition("\n\n")
    lines, key_id = text.split("\n"), sha256(name.encode(), b"\n\1", public_key)[:4]
    signed = (base64.b64decode(s) for s in re.findall(rf"^\u2014 {re.escape(name)} (\S+)$", signatures, re.M))
    require(len(lines) > 2 and lines[0] == name and any(s[:4] == key_id and is_signed((text + "\n").encode(), s[4:], public_key) for s in signed),
            "a checkpoint is malformed, of another trail, or not signed by the trail's key")
    return int(lines[1]), base64.b64decode(lines[2])
def read_segments(trail):  # -> name, lines up to the reserved space (zeros), with which number the next begins, whether it is the last
    names = sorted((n for n in os.listdir(trail) if re.fullmatch(r"\d{6,}\.jsonl", n)), key=lambda n: int(n[:-6]))
    contents = [pathlib.Path(trail, n).read_bytes().split(b"\0")[0] for n in names]
    for i, content in enumerate(contents):
        after = next((re.match(rb'[^\n]*"seq":(\d+)}\n', c) for c in contents[i + 1:] if c), None)
        yield names[i], content.split(b"\n"), int(after[1]) if after else 1 << 60, not any(contents[i + 1:])
def parse(line, place):
    try: record = json.loads(line)
    except ValueError: record = None
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
    require(canonical == line and sorted(record or []) == ["event", "prev", "seq"], f"{place} is not a canonical record")
    return record
def included(index, size, path, leaf):  # RFC 6962, 2.1.1 -> the root that the proof leads to
    if size == 1: return b"" if path else leaf
    k = 1 << (size - 1).bit_length() - 1
    inner = included(index, k, path[:-1], leaf) if index < k else included(index - k, size - k, path[:-1], leaf)
    return sha256(b"\1", inner, *path[-1:]) if index < k else sha256(b"\1", *path[-1:], inner)
def grown(m, n, path, root, whole=True):  # RFC 6962, 2.1.2 -> the roots of the smaller and of the larger tree
    if m == n:
        return (root, root) if whole and not path else (b"".join(path),) * 2
    k = 1 << (n - 1).bit_length() - 1
    old, new = grown(m, k, path[:-1], root, whole) if m <= k else grown(m - k, n - k, path[:-1], root, False)
    return (old, sha256(b"\1", new, *path[-1:])) if m <= k else (sha256(b"\1", *path[-1:], old), sha256(b"\1", *path[-1:], new))

def verify_proof(file, key_file):
    proof = json.loads(pathlib.Path(file).read_text("utf-8"))
    path, (size, root) = [base64.b64decode(node) for node in proof["path"]], open_note(proof["checkpoint"], key_file)
    if "record" in proof:
        line, index = proof["record"].encode(), parse(proof["record"].encode(), "the record")["seq"] - 1
        require(0 <= index < size and included(index, size, path, sha256(b"\0", line)) == root, "the record is not the one that was signed for")
        sys.exit(print(f"sound: record {index + 1} is one of the {size} that were signed for"))
    before, old = open_note(proof["earlier"], key_file)
    require(0 < before <= size and grown(before, size, path, old) == (old, root), "the later trail is not the earlier one, grown")
    print(f"sound: the trail of {size} records begins with the {before} that were signed for earlier")

def verify_trail(start, trail, key_file=None, *outside):
    begin = pathlib.Path(trail, "begin")  # the records before that were removed by right, if one of the others says so
    told = start or not begin.exists() or any(b'"seq":1}' in s[1][0] for s in read_segments(trail))
    fields = (start or ("0:" + "00" * 32 if told else begin.read_text().strip())).split(":")
    (size, last, *peaks), roots, signed, first, before = [int(fields[0]), *map(bytes.fromhex, fields[1:])], {}, 0, int(fields[0]), None
    files = (f for f in (f"{trail}/checkpoint", f"{trail}/checkpoints", *outside) if os.path.exists(f) or f in outside)
    notes = re.findall("(?:[^\n]+\n)+\n(?:\u2014 [^\n]+\n)+", "\n\n".join(pathlib.Path(f).read_text("utf-8") for f in files))
    for n, root in (open_note(note, key_file or f"{trail}/verifier.pub") for note in notes):
        require(roots.setdefault(n, root) == root, f"two checkpoints for {n} records differ")
    subtrees = list(zip((i for i in range(63, -1, -1) if size >> i & 1), peaks))  # RFC 6962: (height, root), the largest first
    for name, lines, next_segment, is_last in read_segments(trail):
        for number, line in enumerate(lines[:-1] if is_last else filter(None, lines), 1):  # after the last newline: unfinished
            if size + 1 >= next_segment:
                break  # writing failed here; the next segment has it again
            record = parse(line, f"{name} line {number}")
            if record["seq"] <= first == size:
                before = record["seq"], sha256(line)  # the point from which to verify
                continue
            require(record["seq"] == size + 1, f"record {record['seq']} stands where {size + 1} should ({name} line {number})")
            require(record["prev"] == last.hex(), f"record {size} or {size + 1} was changed ({name} line {number})")
            told = told or [record["event"].get(k) for k in ("operation", "result")] == ["PruneAudit", "Success"] \
                and record["event"].get("detail", "").startswith(f"records 1 to {first} are removed; ")
            size, last, node = size + 1, sha256(line), (0, sha256(b"\0", line))
            while subtrees and subtrees[-1][0] == node[0]:
                node = (node[0] + 1, sha256(b"\1", subtrees.pop()[1], node[1]))
            subtrees.append(node)
            root = roots.get(size) and functools.reduce(lambda right, left: sha256(b"\1", left, right), [r for _, r in reversed(subtrees)])
            require(root == roots.get(size), f"records {signed + 1} to {size} are not those that were signed for")
            signed = size if root else signed
    require(max(roots, default=0) <= size, f"{max(roots, default=0)} records were signed for, {size} are there")
    require(size > first or before in (None, (first, last)), f"the position stands after record {first}, and it is not there, or another one")
    require(roots or not size, "there are records but no checkpoint")
    require(told, f"records 1 to {first} are missing, and no record says that they were removed by right")
    print(f"sound: {size} records, {signed} of them signed for, {size - signed} after the last checkpoint\n"
          + ":".join([f"position: {size}", last.hex(), *(root.hex() for _, root in subtrees)]))

arguments = sys.argv[1:] or sys.exit(__doc__)
if arguments[0] == "--proof": sys.exit(verify_proof(*arguments[1:3]))
verify_trail(*arguments[1:] if arguments[0] == "--from" else [None, *arguments])
