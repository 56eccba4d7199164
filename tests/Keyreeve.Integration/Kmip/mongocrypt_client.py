"""MongoDB's client-side field level encryption (libmongocrypt) with a KMIP server as its key provider.

usage: mongocrypt_client.py HOST PORT CERT KEY CA VAULT seal|open
libmongocrypt is a state machine that says which bytes to send to the key provider and which documents it wants from the key vault;
this script is the driver around it: TLS to the server, a file as the key vault. "seal" creates data keys, encrypts, decrypts and
rewraps, and leaves the vault and the ciphertexts in the file VAULT; "open" decrypts them as another application would. It prints
a line per step and ends with OK; "open" ends with "refused" and exit code 2 when the server does not give the key; any surprise is
a traceback and exit code 1.
"""
import base64
import ctypes
import json
import socket
import ssl
import sys
import uuid

host, port, cert, key, ca, vault_file, step = sys.argv[1:]
ENDPOINT = f"{host}:{port}"
ERROR, NEED_MONGO_KEYS, NEED_KMS, READY, DONE = 0, 3, 4, 5, 6
RANDOM = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
DETERMINISTIC = "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic"
VALUE = {"$numberLong": "123456789"}


def declare(path, signatures):
    library = ctypes.CDLL(path)
    for name, (result, *arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


P, U32, I32, TEXT, BOOL = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int32, ctypes.c_char_p, ctypes.c_bool
lib = declare("libmongocrypt.so.0", {
    "mongocrypt_version": (TEXT, P), "mongocrypt_new": (P,), "mongocrypt_init": (BOOL, P), "mongocrypt_destroy": (None, P),
    "mongocrypt_status": (BOOL, P, P), "mongocrypt_status_new": (P,), "mongocrypt_status_destroy": (None, P),
    "mongocrypt_status_message": (TEXT, P, P), "mongocrypt_setopt_kms_providers": (BOOL, P, P),
    "mongocrypt_binary_new": (P,), "mongocrypt_binary_new_from_data": (P, P, U32), "mongocrypt_binary_destroy": (None, P),
    "mongocrypt_binary_data": (P, P), "mongocrypt_binary_len": (U32, P),
    "mongocrypt_ctx_new": (P, P), "mongocrypt_ctx_destroy": (None, P), "mongocrypt_ctx_state": (ctypes.c_int, P),
    "mongocrypt_ctx_status": (BOOL, P, P), "mongocrypt_ctx_finalize": (BOOL, P, P),
    "mongocrypt_ctx_setopt_key_encryption_key": (BOOL, P, P), "mongocrypt_ctx_setopt_key_id": (BOOL, P, P),
    "mongocrypt_ctx_setopt_key_alt_name": (BOOL, P, P), "mongocrypt_ctx_setopt_algorithm": (BOOL, P, TEXT, I32),
    "mongocrypt_ctx_setopt_contention_factor": (BOOL, P, ctypes.c_int64),
    "mongocrypt_ctx_datakey_init": (BOOL, P), "mongocrypt_ctx_explicit_encrypt_init": (BOOL, P, P),
    "mongocrypt_ctx_explicit_decrypt_init": (BOOL, P, P), "mongocrypt_ctx_rewrap_many_datakey_init": (BOOL, P, P),
    "mongocrypt_ctx_mongo_op": (BOOL, P, P), "mongocrypt_ctx_mongo_feed": (BOOL, P, P), "mongocrypt_ctx_mongo_done": (BOOL, P),
    "mongocrypt_ctx_next_kms_ctx": (P, P), "mongocrypt_ctx_kms_done": (BOOL, P),
    "mongocrypt_kms_ctx_message": (BOOL, P, P), "mongocrypt_kms_ctx_endpoint": (BOOL, P, ctypes.POINTER(TEXT)),
    "mongocrypt_kms_ctx_bytes_needed": (U32, P), "mongocrypt_kms_ctx_feed": (BOOL, P, P), "mongocrypt_kms_ctx_status": (BOOL, P, P),
})
bson = declare("libbson-1.0.so.0", {
    "bson_new_from_json": (P, TEXT, ctypes.c_ssize_t, P), "bson_new_from_data": (P, P, ctypes.c_size_t), "bson_destroy": (None, P),
    "bson_get_data": (P, P), "bson_as_canonical_extended_json": (P, P, P), "bson_free": (None, P),
})


def to_bson(document):
    text = json.dumps(document).encode()
    made = bson.bson_new_from_json(text, len(text), None)
    assert made, document
    data = bson.bson_get_data(made)
    content = ctypes.string_at(data, int.from_bytes(ctypes.string_at(data, 4), "little"))
    bson.bson_destroy(made)
    return content


def from_bson(content):
    made = bson.bson_new_from_data(content, len(content))
    text = bson.bson_as_canonical_extended_json(made, None)
    document = json.loads(ctypes.string_at(text))
    bson.bson_free(text)
    bson.bson_destroy(made)
    return document


class Binary:
    """The library's view of bytes; it does not copy them, so they live as long as this."""

    def __init__(self, content=None):
        self.content = None if content is None else ctypes.create_string_buffer(content, len(content))
        self.pointer = lib.mongocrypt_binary_new() if content is None else lib.mongocrypt_binary_new_from_data(self.content, len(content))

    def bytes(self):
        return ctypes.string_at(lib.mongocrypt_binary_data(self.pointer), lib.mongocrypt_binary_len(self.pointer))

    def __del__(self):
        lib.mongocrypt_binary_destroy(self.pointer)


class MongocryptError(Exception):
    pass


def check(succeeded, ask_status, of):
    if succeeded:
        return
    status = lib.mongocrypt_status_new()
    ask_status(of, status)
    message = lib.mongocrypt_status_message(status, None)
    lib.mongocrypt_status_destroy(status)
    raise MongocryptError((message or b"no reason given").decode())


class Driver:
    """An application's connection: it forgets every key when it goes."""

    def __init__(self, vault):
        self.vault = vault
        self.asked = []
        self.crypt = lib.mongocrypt_new()
        providers = Binary(to_bson({"kmip": {"endpoint": ENDPOINT}}))
        check(lib.mongocrypt_setopt_kms_providers(self.crypt, providers.pointer), lib.mongocrypt_status, self.crypt)
        check(lib.mongocrypt_init(self.crypt), lib.mongocrypt_status, self.crypt)
        context = ssl.create_default_context(cafile=ca)
        context.load_cert_chain(cert, key)
        self.tls = context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tls.close()
        lib.mongocrypt_destroy(self.crypt)

    def run(self, start, *options):
        context = lib.mongocrypt_ctx_new(self.crypt)
        kept = [argument for call in (start, *options) for argument in call]

        def do(function, *arguments):
            pointers = []
            for argument in arguments:
                if isinstance(argument, Binary):
                    kept.append(argument)
                    argument = argument.pointer
                pointers.append(argument)
            check(function(context, *pointers), lib.mongocrypt_ctx_status, context)

        try:
            for option in options:
                do(*option)
            do(*start)
            return self.drive(context, do)
        finally:
            lib.mongocrypt_ctx_destroy(context)

    def drive(self, context, do):
        result = None
        while (state := lib.mongocrypt_ctx_state(context)) != DONE:
            if state == NEED_MONGO_KEYS:
                wanted = Binary()
                do(lib.mongocrypt_ctx_mongo_op, wanted)
                for document in self.find(from_bson(wanted.bytes())):
                    do(lib.mongocrypt_ctx_mongo_feed, Binary(document))
                do(lib.mongocrypt_ctx_mongo_done)
            elif state == NEED_KMS:
                while request := lib.mongocrypt_ctx_next_kms_ctx(context):
                    self.ask(request)
                do(lib.mongocrypt_ctx_kms_done)
            elif state == READY:
                out = Binary()
                do(lib.mongocrypt_ctx_finalize, out)
                result = out.bytes()
            else:
                check(False, lib.mongocrypt_ctx_status, context)
        return result

    def find(self, wanted):
        """The documents of the vault that a query wants: {} is all, otherwise by identity or by alternative name."""
        choices = {field: condition["$in"] for choice in wanted.get("$or", []) for field, condition in choice.items()}
        for document in self.vault.values():
            content = from_bson(document)
            names = content.get("keyAltNames", [])
            if not wanted or content["_id"] in choices.get("_id", []) or any(n in choices.get("keyAltNames", []) for n in names):
                yield document

    def ask(self, request):
        endpoint, message = TEXT(), Binary()
        check(lib.mongocrypt_kms_ctx_endpoint(request, ctypes.byref(endpoint)), lib.mongocrypt_kms_ctx_status, request)
        assert endpoint.value.decode() == ENDPOINT, endpoint.value
        check(lib.mongocrypt_kms_ctx_message(request, message.pointer), lib.mongocrypt_kms_ctx_status, request)
        sent = message.bytes()
        self.asked.append(operation_of(sent))
        self.tls.sendall(sent)
        while (needed := lib.mongocrypt_kms_ctx_bytes_needed(request)) > 0:
            received = self.tls.recv(needed)
            assert received, "the server closed the connection"
            answer = Binary(received)
            check(lib.mongocrypt_kms_ctx_feed(request, answer.pointer), lib.mongocrypt_kms_ctx_status, request)

    def create_data_key(self, key_id=None, alternative_name=None):
        master = {"provider": "kmip", "endpoint": ENDPOINT} | ({"keyId": key_id} if key_id else {})
        options = [(lib.mongocrypt_ctx_setopt_key_encryption_key, Binary(to_bson(master)))]
        if alternative_name:
            options.append((lib.mongocrypt_ctx_setopt_key_alt_name, Binary(to_bson({"keyAltName": alternative_name}))))
        document = self.run((lib.mongocrypt_ctx_datakey_init,), *options)
        content = from_bson(document)
        identity = content["_id"]["$binary"]["base64"]
        self.vault[identity] = document
        return identity, content["masterKey"]["keyId"]

    def encrypt(self, value, algorithm, identity=None, alternative_name=None, *options):
        which = ((lib.mongocrypt_ctx_setopt_key_id, Binary(base64.b64decode(identity))) if identity else
                 (lib.mongocrypt_ctx_setopt_key_alt_name, Binary(to_bson({"keyAltName": alternative_name}))))
        return self.run((lib.mongocrypt_ctx_explicit_encrypt_init, Binary(to_bson({"v": value}))),
                        which, (lib.mongocrypt_ctx_setopt_algorithm, algorithm.encode(), -1), *options)

    def decrypt(self, ciphertext):
        return from_bson(self.run((lib.mongocrypt_ctx_explicit_decrypt_init, Binary(ciphertext))))["v"]

    def rewrap(self):
        """Wraps every data key under a new key of the server."""
        master = Binary(to_bson({"provider": "kmip", "endpoint": ENDPOINT}))
        done = self.run((lib.mongocrypt_ctx_rewrap_many_datakey_init, Binary(to_bson({}))),
                        (lib.mongocrypt_ctx_setopt_key_encryption_key, master))
        for document in from_bson(done)["v"]:
            identity = document["_id"]["$binary"]["base64"]
            self.vault[identity] = to_bson(from_bson(self.vault[identity]) | document)
            yield document["masterKey"]["keyId"]


def operation_of(message):
    """The Operation of a KMIP request: tag 42005C, type Enumeration, length 4."""
    place = message.index(bytes.fromhex("42005c0500000004"))
    return {3: "Register", 10: "Get", 18: "Activate"}[int.from_bytes(message[place + 8:place + 12], "big")]


def refused(call, *arguments):
    try:
        call(*arguments)
    except MongocryptError as error:
        return str(error)
    raise AssertionError("not refused")


def seal():
    vault = {}
    print("libmongocrypt", lib.mongocrypt_version(None).decode())
    with Driver(vault) as first:
        identity, master = first.create_data_key(alternative_name="salaries")
        assert first.asked == ["Register", "Activate", "Get"], first.asked
        print("data key", identity, "under", master)
        other, same_master = first.create_data_key(key_id=master)
        assert same_master == master and first.asked[3:] == ["Get"], first.asked
        ciphertexts = [
            first.encrypt(VALUE, RANDOM, identity), first.encrypt(VALUE, RANDOM, alternative_name="salaries"),
            first.encrypt(VALUE, DETERMINISTIC, identity), first.encrypt(VALUE, RANDOM, other),
            first.encrypt(VALUE, "Unindexed", identity),
        ]
        assert len(set(ciphertexts)) == len(ciphertexts)
        assert first.encrypt(VALUE, DETERMINISTIC, identity) == ciphertexts[2]
        print("encrypted", len(ciphertexts), first.asked)

    with Driver(vault) as second:
        for ciphertext in ciphertexts:
            assert second.decrypt(ciphertext) == VALUE
        assert set(second.asked) == {"Get"}, second.asked
        print("decrypted by another application", second.asked)
        masters = set(second.rewrap())
        assert len(masters) >= 1 and master not in masters, masters
        assert {"Register", "Activate"} <= set(second.asked), second.asked
        print("refused:", refused(second.create_data_key, str(uuid.uuid4())))

    with open(vault_file, "w", encoding="ascii") as file:
        json.dump({"vault": {name: encode(document) for name, document in vault.items()},
                   "ciphertexts": [encode(c) for c in ciphertexts]}, file)
    print("masters", *sorted(masters))
    print("OK")


def open_sealed():
    with open(vault_file, encoding="ascii") as file:
        kept = json.load(file)
    with Driver({name: base64.b64decode(document) for name, document in kept["vault"].items()}) as driver:
        try:
            for ciphertext in kept["ciphertexts"]:
                assert driver.decrypt(base64.b64decode(ciphertext)) == VALUE
        except MongocryptError as error:
            print("refused", error)
            sys.exit(2)
    print("OK")


def encode(content):
    return base64.b64encode(content).decode()


{"seal": seal, "open": open_sealed}[step]()
