#!/usr/bin/env python3
"""Opens a Keyreeve envelope (envelope.md) given its key. Needs the package "cryptography", and nothing of Keyreeve."""
import argparse
import hmac
import struct
import sys
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CHUNK, TAG = 16384, 16
FAILED = "The envelope cannot be opened: it was altered or cut short, or the key or context is another."

def encode_context(pairs):
    encoded = [[unicodedata.normalize("NFC", text).encode() for text in pair.split("=", 1)] for pair in pairs]
    out = struct.pack(">H", len(encoded))
    for name, value in sorted(encoded):
        out += struct.pack(">H", len(name)) + name + struct.pack(">I", len(value)) + value
    return out

def derive(key, length, info):
    return HKDFExpand(algorithm=SHA512(), length=length, info=info).derive(key)

def open_small(key, header, body, context):
    if header[3] == 2:
        sys.exit("Suite 2 is XChaCha20-Poly1305, which the package cryptography does not have. Use libsodium.")
    salt, commitment, ciphertext = body[:16], body[16:44], body[44:]
    derived = derive(key, 60, b"keyreeve.committing-aead.v1" + header[3:4] + salt + header + context)
    if not hmac.compare_digest(derived[32:], commitment):
        raise InvalidTag
    return AESGCM(derived[:32]).decrypt(bytes(12), ciphertext, header + context)

def open_chunked(key, header, source, context, output):
    salt, commitment = source.read(24), source.read(32)
    derived = derive(key, 76, b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + header + context)
    if not hmac.compare_digest(derived[44:], commitment):
        raise InvalidTag
    cipher, base, index, chunk = AESGCM(derived[:32]), int.from_bytes(derived[32:44], "big"), 0, None
    while chunk is None or len(chunk) == CHUNK + TAG:
        chunk = source.read(CHUNK + TAG)
        output.write(cipher.decrypt((base ^ index).to_bytes(12, "big"), chunk, None))
        index += 1

def read_header(source):
    header = source.read(20)
    kinds = "010101 010102 010201 010202 010301 020201 020202 020301".split()  # version, mode, suite
    if len(header) < 20 or header[:1] != b"K" or header[1:4].hex() not in kinds:
        sys.exit("This is no envelope of version 1 or 2.")
    if header[2] > 1:
        header += source.read(6)
        header += source.read(struct.unpack(">H", header[24:26])[0])
    return header, header if header[1] == 1 else header[:4]

def main():
    arguments = argparse.ArgumentParser(description=__doc__, fromfile_prefix_chars="@")
    key = arguments.add_mutually_exclusive_group(required=True)
    key.add_argument("--dek", type=bytes.fromhex, help="key of the value, in hexadecimal")
    key.add_argument("--kek", type=bytes.fromhex, help="key that wrapped the data key, in hexadecimal")
    for option in ("--context", "--key-context"):
        arguments.add_argument(option, action="append", default=[], metavar="NAME=VALUE")
    arguments.add_argument("file", type=argparse.FileType("rb"))
    given = arguments.parse_args()
    (header, bound), context = read_header(given.file), encode_context(given.context)
    if given.kek and header[2] == 1:
        arguments.error("A direct envelope has no wrapped key: give its key as --dek.")
    dek = given.dek or open_small(given.kek, header[26:46], header[46:], encode_context(given.key_context))
    if header[2] == 3:
        open_chunked(dek, bound, given.file, context, sys.stdout.buffer)
    else:
        sys.stdout.buffer.write(open_small(dek, bound, given.file.read(), context))


if __name__ == "__main__":
    try:
        main()
    except (InvalidTag, ValueError, IndexError, struct.error):
        sys.exit(FAILED)
