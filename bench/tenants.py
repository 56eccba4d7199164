#!/usr/bin/python3
"""What a thousand tenants cost: memory and start of the server, and a request in one of them, beside a server that has but one.

Usage: bench/tenants.py [how many]     (after bench/run has built the server; everything is made in a temporary folder and removed)
"""
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

KEYREEVE = pathlib.Path(__file__).resolve().parent.parent / "src/Keyreeve.Cli/bin/Release/net10.0/keyreeve"
REQUESTS = 2000


def private(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


class Server:
    def __init__(self, folder):
        self.folder = folder
        private(folder / "passphrase", secrets.token_hex(32))
        self.configuration = private(
            folder / "keyreeve.conf",
            f"[server]\ndata-directory = {folder}/data\n[seal]\npassphrase-file = {folder}/passphrase\n[kmip]\nenabled = no\n[rest]\nport = 0\nenrolments-per-minute = 600\n")
        self.made = json.loads(self.run("init", "--config", self.configuration, "--output", "json"))
        self.fingerprint = self.made["caFingerprint"]

    @staticmethod
    def run(*arguments):
        return subprocess.run([KEYREEVE, *arguments], check=True, capture_output=True, text=True).stdout

    def start(self):
        begun = time.monotonic()
        self.process = subprocess.Popen([KEYREEVE, "server", "--config", self.configuration], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if found := re.search(r"https://\S+:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise SystemExit("the server did not start")
        return time.monotonic() - begun

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def enrol(self, name, code):
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        self.run("enroll", "--server", f"https://localhost:{self.port}", "--code", code, "--ca-fingerprint", self.fingerprint, "--config", folder / "client.conf")
        context = ssl.create_default_context(cafile=folder / "client-authority.pem")
        context.load_cert_chain(folder / "client-certificate.pem", folder / "client-key.pem")
        return context

    def client(self, context):
        return http.client.HTTPSConnection("localhost", self.port, context=context)


def ask(connection, path, body):
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{path}: {answer.status} {text.decode()}")
    return json.loads(text)


def latency(server, context):
    connection = server.client(context)
    times = []
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        ask(connection, "/v1/keys/orders/encrypt", {"plaintext": "AAAA"})
        times.append(time.perf_counter() - begun)
    times = sorted(times[REQUESTS // 4:])
    return statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    folder = pathlib.Path(tempfile.mkdtemp(prefix="keyreeve-tenants-"))
    server = Server(folder)
    server.start()
    try:
        admin = server.enrol("admin", server.made["code"])
        root = server.client(admin)
        app = server.enrol("app", ask(root, "/v1/enrolment-codes", {"name": "app", "group": "orders", "allow": ["use", "manage"]})["code"])
        ask(server.client(app), "/v1/keys", {"name": "orders", "group": "orders"})
        latency(server, app)
        alone = latency(server, app)
        server.stop()
        start_alone = server.start()
        memory_alone = server.memory()

        root = server.client(admin)
        begun = time.monotonic()
        for number in range(count):
            code = ask(root, "/v1/tenants", {"name": f"tenant-{number}", "administrator": "alice"})["code"]["code"]
            # In every fiftieth somebody works.
            if number % 50 == 0:
                alice = server.client(server.enrol(f"alice-{number}", code))
                inner = server.enrol(f"app-{number}", ask(alice, "/v1/enrolment-codes", {"name": "app", "group": "orders", "allow": ["use", "manage"]})["code"])
                ask(server.client(inner), "/v1/keys", {"name": "orders", "group": "orders"})
        made = time.monotonic() - begun
        server.stop()
        start_many = server.start()
        memory_many = server.memory()
        latency(server, inner)
        many = latency(server, inner)
        print(f"| | one tenant | {count + 1} |\n|---|---|---|")
        print(f"| start | {start_alone:.1f} s | {start_many:.1f} s |")
        print(f"| memory after the start | {memory_alone:.0f} MiB | {memory_many:.0f} MiB |")
        print(f"| memory after {2 * REQUESTS} requests | | {server.memory():.0f} MiB |")
        print(f"| REST encrypt, one after another: median, 99 of 100 within | {alone[0]:.2f} ms, {alone[1]:.2f} ms | {many[0]:.2f} ms, {many[1]:.2f} ms |")
        print(f"making them: {made:.0f} s")
    finally:
        server.process.kill()
        server.process.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    os.umask(0o077)
    main()
