#!/usr/bin/python3
"""First issuance and renewal against Pebble, wafer beside uacme and lego: tables in Markdown.

usage: tools/measure/bench.py BUILD_DIR [RUNS]

All get a P-256 certificate for one name by http-01 from the same Pebble 2.4 (no sleeps,
no bad nonces, no reuse of authorizations), on this machine and behind a proxy that makes
it 50 ms away. The figures are medians of RUNS (5); requests are counted in Pebble's log,
handshakes by another proxy in an extra run that is not timed.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS.parents[1] / "tests/e2e"))
sys.dont_write_bytecode = True

from delay import Delay  # noqa: E402
from pebble import Pebble  # noqa: E402
from pki import ServerFiles  # noqa: E402
from procs import free_port  # noqa: E402
from proxy import Proxy  # noqa: E402
from webroot import Webroot  # noqa: E402

NAME = "door.example.net"
ROUND_TRIP_S = 0.05
SYSTEM_TRUST = pathlib.Path("/etc/ssl/certs")
HOOK = """#!/bin/sh
case $1 in
begin) [ "$2" = http-01 ] && printf %s "$5" >"$BENCH_WEBROOT/$4" ;;
*) rm -f "$BENCH_WEBROOT/$4" ;;
esac
"""


class Lab:
    def __init__(self, folder, build):
        self.folder, self.build, self.count = folder, build, 0
        self.measure = folder / "measure"
        subprocess.run(["musl-gcc", "-static", "-Os", "-o", self.measure, TOOLS / "usage.c"], check=True)
        self.shim = folder / "uacme-trust.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-Os", "-o", self.shim, TOOLS / "uacme-trust.c"], check=True)
        self.hook = folder / "hook"
        self.hook.write_text(HOOK)
        self.hook.chmod(0o755)
        self.server = ServerFiles(folder, "bench")
        self.pebble = Pebble(folder / "pebble", shutil.which("pebble"), self.server)
        self.webroot_port = self.pebble.http_port

    def fresh(self):
        self.count += 1
        return self.folder / f"state{self.count}"

    def run(self, commands, env=None):
        """Runs the commands one after the other: wall s, CPU s, peak RSS KiB, requests."""
        log, wall, cpu, rss = self.pebble.since_now(), 0, 0, 0
        for command in commands:
            done = subprocess.run([self.measure, self.folder / "figures", *command], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  env=dict(os.environ, **(env or {})))
            if done.returncode != 0:
                sys.exit(f"bench: {' '.join(map(str, command))}: status {done.returncode}\n"
                         + done.stdout.decode(errors="replace"))
            figures = [int(n) for n in (self.folder / "figures").read_text().split()]
            wall, cpu, rss = wall + figures[0] / 1e6, cpu + figures[1] / 1e6, max(rss, figures[2])
        return wall, cpu, rss, len(log.requests())


class Wafer:
    def __init__(self, lab, program, webroot=False):
        self.lab, self.program = lab, program
        self.webroot = Webroot(lab.fresh(), lab.webroot_port) if webroot else None
        self.solver = ["--solver", f"webroot:{self.webroot.folder}"] if webroot else [
            "--listen", f"127.0.0.1:{lab.pebble.http_port}"]

    def start(self, url):
        common = [self.program, "issue", NAME, "--ca", url, "--ca-file", self.lab.server.root, "--agree-tos",
                  "--email", "a@example.net", *self.solver, "--state", self.lab.fresh()]
        return [common], [common + ["--force"]], {}

    def stop(self):
        if self.webroot:
            self.webroot.stop()


class Lego:
    def __init__(self, lab):
        self.lab = lab

    def start(self, url):
        common = ["lego", "--server", url, "--path", self.lab.fresh(), "--email", "a@example.net", "--accept-tos",
                  "--domains", NAME, "--key-type", "ec256", "--http", "--http.port",
                  f"127.0.0.1:{self.lab.pebble.http_port}"]
        return [common + ["run"]], [common + ["renew", "--days", "9999", "--no-random-sleep"]], {
            "LEGO_CA_CERTIFICATES": str(self.lab.server.root)}

    def stop(self):
        pass


class Uacme:
    def __init__(self, lab, trust):
        self.lab, self.trust = lab, trust
        self.webroot = Webroot(lab.fresh(), lab.webroot_port)

    def start(self, url):
        state = self.lab.fresh()
        common = ["uacme", "-y", "-a", url, "-c", state, "-t", "EC"]
        issue = common + ["-h", self.lab.hook, "issue", NAME]
        renew = common + ["-f", "-h", self.lab.hook, "issue", NAME]
        env = {"LD_PRELOAD": str(self.lab.shim), "UACME_TRUST": str(self.trust),
               "BENCH_WEBROOT": str(self.webroot.folder / ".well-known/acme-challenge")}
        return [common + ["new", "a@example.net"], issue], [renew], env

    def stop(self):
        self.webroot.stop()


def medians(lab, client, url, runs):
    """Medians of (wall, cpu, rss, requests) for first and renewal."""
    results = ([], [])
    for _ in range(runs):
        first, renew, env = client.start(url)
        results[0].append(lab.run(first, env))
        results[1].append(lab.run(renew, env))
    return [[statistics.median(column) for column in zip(*part)] for part in results]


def measure(lab, client, runs):
    """The medians on this machine and far away, and the handshakes."""
    near = medians(lab, client, lab.pebble.url, runs)
    delay = Delay(lab.pebble.port, ROUND_TRIP_S)
    try:
        far = medians(lab, client, f"https://127.0.0.1:{delay.port}/dir", runs)
    finally:
        delay.stop()
    proxy = Proxy(lab.pebble, lab.server)
    try:
        handshakes = []
        commands = client.start(proxy.url)
        for part in commands[:2]:
            proxy.reset()
            lab.run(part, commands[2])
            handshakes.append(proxy.handshakes)
    finally:
        proxy.stop()
    return near, far, handshakes


def print_tables(rows):
    print("| first / renewal | wall s | wall s, CA 50 ms away | CPU s | peak RSS KiB | requests | TLS handshakes |")
    print("|---|---|---|---|---|---|---|")
    for label, (first, renew), (far, far_renew), handshakes in rows:
        print(f"| {label} | {first[0]:.3f} / {renew[0]:.3f} | {far[0]:.3f} / {far_renew[0]:.3f} "
              f"| {first[1]:.3f} / {renew[1]:.3f} | {first[2]:.0f} / {renew[2]:.0f} "
              f"| {first[3]:.0f} / {renew[3]:.0f} | {handshakes[0]} / {handshakes[1]} |")
    print()
    wafer = rows[0]
    for label, near, far, _ in rows[3:]:
        ratios = [wafer[1 + place][part][0] / (near, far)[place][part][0] for place in (0, 1) for part in (0, 1)]
        print("wafer (static) takes {:.2f} (first) and {:.2f} (renewal) of the time of {}, {:.2f} and {:.2f} from 50 ms away."
              .format(*ratios[:2], label, *ratios[2:]))


def version_of(package):
    found = subprocess.run(["dpkg-query", "-Wf", "${Version}", package], capture_output=True, text=True)
    return f"{package} {found.stdout.split('-')[0]}"


def main():
    build, runs = pathlib.Path(sys.argv[1]).resolve(), int((sys.argv[2:] or ["5"])[0])
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(pathlib.Path(folder), build)
        try:
            one, both = (lab.folder / name for name in ("one-root", "all-roots"))
            one.mkdir()
            shutil.copytree(SYSTEM_TRUST, both, symlinks=False)
            for trust in one, both:
                shutil.copy(lab.server.root, trust)
            uacme = version_of("uacme")
            rows = []
            for label, make in (
                    ("wafer, static", lambda: Wafer(lab, build / "static/wafer")),
                    ("wafer", lambda: Wafer(lab, build / "wafer")),
                    ("wafer, webroot", lambda: Wafer(lab, build / "wafer", webroot=True)),
                    (version_of("lego"), lambda: Lego(lab)),
                    (uacme + ", system's roots", lambda: Uacme(lab, both)),
                    (uacme + ", one root", lambda: Uacme(lab, one))):
                client = make()
                try:
                    rows.append((label, *measure(lab, client, runs)))
                finally:
                    client.stop()
        finally:
            lab.pebble.stop()
    print_tables(rows)


main()
