#!/usr/bin/env python3
# Encrypts and decrypts through 'keyreeve agent': agent.py SOCKET. Nothing but Python's own library is needed.
import base64, http.client, json, socket, sys
def ask(path, **question):
    agent = http.client.HTTPConnection("agent")
    agent.sock = socket.socket(socket.AF_UNIX)
    agent.sock.connect(sys.argv[1])
    agent.request("POST", path, json.dumps(question), {"Content-Type": "application/json"})
    return json.load(agent.getresponse())
context = {"table": "customers", "row": "4711"}
stored = ask("/v1/encrypt", plaintext=base64.b64encode(b"4111 1111 1111 1111").decode(), context=context)["ciphertext"]
print(base64.b64decode(ask("/v1/decrypt", ciphertext=stored, context=context)["plaintext"]).decode())
