"""A client that resumes its TLS session: for every line on its input it connects anew, sends the same KMIP message, and says what came of it.

Arguments: port, authority, certificate, private key, message in hexadecimal.
"""
import socket
import ssl
import sys

SUCCESS = bytes.fromhex("42007f050000000400000000")  # Result Status

port, authority, certificate, key, message = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
context.load_cert_chain(certificate, key)
session = None

for _ in sys.stdin:
    answer = b""
    reused = False
    try:
        with context.wrap_socket(socket.create_connection(("localhost", int(port))), server_hostname="localhost", session=session) as connection:
            reused = connection.session_reused
            connection.sendall(bytes.fromhex(message))
            answer = connection.recv(65536)
            session = connection.session
    except OSError:
        pass
    print("resumed" if reused else "new", "answered" if SUCCESS in answer else "refused", flush=True)
