"""A client that resumes its TLS session: for every line on its input it connects anew, sends the same message, and says what came of it.

Arguments: port, authority, certificate, private key, message and what an answer holds that serves it, both in hexadecimal.
"""
import socket
import ssl
import sys

port, authority, certificate, key, message, success = sys.argv[1:]
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
            while message.startswith(("474554", "504F5354")) and (more := connection.recv(65536)):  # HTTP, whose answer may come in parts
                answer += more
            session = connection.session
    except OSError:
        pass
    print("resumed" if reused else "new", "answered" if bytes.fromhex(success) in answer else "refused", flush=True)
