"""Pebble and its DNS server, both on free loopback ports, and what their log tells."""

import json
import os
import re
import ssl
import urllib.request

from procs import Daemon, free_port

REQUEST = re.compile(r"^Pebble \S+ \S+ (GET|HEAD|POST) (/\S*) -> calling handler\(\)$", re.M)
ACCOUNTS = re.compile(r"There are now (\d+) accounts in memory")


class Pebble:
    """One Pebble with a pebble-challtestsrv of its own.

    url             of the directory
    root            PEM file: trust anchor of its HTTPS
    http_port       where it connects to for http-01
    env, config     override the quiet defaults (no sleeps, no bad nonces, no reuse)
    """

    def __init__(self, folder, binary, server, address="127.0.0.1", host=None, env=None, config=None):
        folder.mkdir(parents=True)
        self.folder, self.address, self.root = folder, address, server.root
        self.port, self.management, self.http_port, self.tls_port, dns, self.dns_management = (
            free_port() for _ in range(6))
        shown = f"[{address}]" if ":" in address else address
        self.url = f"https://{host or shown}:{self.port}/dir"
        settings = dict(listenAddress=f"{shown}:{self.port}", managementListenAddress=f"127.0.0.1:{self.management}",
                        certificate=str(server.cert), privateKey=str(server.key), httpPort=self.http_port,
                        tlsPort=self.tls_port, ocspResponderURL="", externalAccountBindingRequired=False)
        settings.update(config or {})
        path = folder / "pebble.json"
        path.write_text(json.dumps({"pebble": settings}))
        environment = dict(os.environ, PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT="0", PEBBLE_AUTHZREUSE="0")
        environment.update(env or {})
        self._daemons = []
        try:
            self._start(folder / "dns.log", [
                "pebble-challtestsrv", "-defaultIPv6=", "-dns01", f"127.0.0.1:{dns}", "-http01=", "-https01=", "-tlsalpn01=",
                "-management", f"127.0.0.1:{self.dns_management}"]).wait_port("127.0.0.1", self.dns_management)
            self.daemon = self._start(folder / "pebble.log", [
                binary, "-strict", "-config", path, "-dnsserver", f"127.0.0.1:{dns}"], environment)
            self.daemon.wait_port("127.0.0.1", self.management)
            self.daemon.wait_port(address, self.port)
        except BaseException:
            self.stop()
            raise

    def _start(self, log, argv, env=None):
        daemon = Daemon(argv, log, env)
        self._daemons.append(daemon)
        return daemon

    def stop(self):
        for daemon in self._daemons:
            daemon.stop()

    def dns(self, call, **values):
        """Tells pebble-challtestsrv, e.g. dns("set-default-ipv4", ip=""). Names resolve to 127.0.0.1
        alone until told otherwise: Pebble tries no second address."""
        urllib.request.urlopen(f"http://127.0.0.1:{self.dns_management}/{call}", json.dumps(values).encode())

    def fetch(self, path):
        """A PEM of the management interface: roots/0, intermediates/0, ..."""
        context = ssl._create_unverified_context()
        with urllib.request.urlopen(f"https://127.0.0.1:{self.management}/{path}", context=context) as answer:
            return answer.read()

    def since_now(self):
        """The log from here on."""
        return LogPart(self.daemon, self.daemon.mark())


class LogPart:
    """What Pebble logged since a moment."""

    def __init__(self, daemon, start):
        self._daemon, self._start = daemon, start

    def text(self):
        return self._daemon.log(self._start)

    def requests(self):
        return [(method, path) for method, path in REQUEST.findall(self.text())]

    def kinds(self):
        """The requests as "POST order-plz": first path element without its identifier."""
        return [f"{method} {path.split('/')[1]}" for method, path in self.requests()]

    def new_accounts(self):
        return len(ACCOUNTS.findall(self.text()))

    def new_orders(self):
        return len(re.findall(r"Added order", self.text()))

    def invalid_orders(self):
        """How many the CA has given up: nobody answered when it looked for the challenge."""
        return len(re.findall(r"order \S+ set INVALID", self.text()))
