"""The command over lwIP's sockets (port/lwip-sockets): lwIP with its threads, in one process with a user network that
needs no root. What the command does is tested elsewhere; here its octets go through another stack."""

import os
import pathlib
import socket
import threading

import pytest

import client
from client import FAILED, LATER, Wafer
from pebble import Pebble
from conftest import pebble_binary
from pki import ServerFiles
from procs import free_port

PROGRAM = client.PROGRAM.parent / "wafer-over-lwip"
HOST, HOST6 = "10.0.2.2", "[fec0::2]"  # what the guest calls 127.0.0.1 and ::1


class OverLwip(Wafer):
    """A device: its port 80 is the host's http_port."""

    def __init__(self, state, url, root, http_port):
        super().__init__(state, url, root)
        self.env["WAFER_FORWARD"] = str(http_port)

    def argv(self, command, *args):
        return [str(PROGRAM), *super().argv(command, *args)[1:]]


@pytest.fixture(scope="module")
def guest_files(tmp_path_factory):
    """The CA's HTTPS certificates, for the addresses that the guest sees."""
    folder = tmp_path_factory.mktemp("pki")
    return {kind: ServerFiles(folder, kind, names=(HOST, "fec0::2", "127.0.0.1", "::1"), kind=kind) for kind in ("ec", "rsa")}


@pytest.fixture
def start(tmp_path, guest_files):
    """start(**options of Pebble)"""
    started = []

    def start(kind="ec", **options):
        started.append(Pebble(tmp_path / f"pebble{len(started)}", pebble_binary("2.4"), guest_files[kind], **options))
        return started[-1]
    yield start
    for pebble in started:
        pebble.stop()


@pytest.fixture
def device(tmp_path):
    """device(pebble): a device for this CA; `host` is what it calls the CA's host."""
    return lambda pebble, host=HOST: OverLwip(tmp_path / "state", f"https://{host}:{pebble.port}/dir", pebble.root,
                                              pebble.http_port)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_issue_and_renew(kind, start, device, tmp_path):
    pebble = start(kind)
    wafer, log = device(pebble), pebble.since_now()
    wafer.issue("a.test", "b.test")
    live = wafer.live("a.test")
    assert live.names == ["a.test", "b.test"]
    live.verify(pebble.fetch("roots/0"), tmp_path)
    first = live.key_pem
    wafer.run("renew", "--force")
    assert wafer.live("a.test").key_pem != first
    assert log.new_accounts() == 1 and log.new_orders() == 2


def test_ipv6(start, device):
    """To the CA over IPv6; and Pebble fetches the answer at the guest's IPv6 address."""
    pebble = start(address="::1")
    pebble.dns("set-default-ipv4", ip="")
    pebble.dns("set-default-ipv6", ip="::1")
    wafer = device(pebble, HOST6)
    wafer.issue("a.test")
    assert wafer.live("a.test").names == ["a.test"]


def test_bad_nonces(start, device):
    wafer = device(start(env=dict(PEBBLE_WFE_NONCEREJECT="40")))
    for name in "abc":
        wafer.issue(name + ".test")
    assert wafer.live("c.test").names == ["c.test"]


def test_nobody_there(start, device):
    pebble = start()
    pebble.stop()
    assert "no address of the host accepted the connection" in device(pebble).issue("a.test", status=LATER).error()


def test_ca_hangs_up(start, device):
    """A CA that takes the connection and ends it: an error, no endless wait."""
    pebble = start()
    pebble.stop()
    server = socket.create_server(("127.0.0.1", pebble.port))

    def hang_up():
        while True:
            try:
                server.accept()[0].close()
            except OSError:
                return
    threading.Thread(target=hang_up, daemon=True).start()
    result = device(pebble).issue("a.test", status=LATER)
    server.close()
    assert "closed" in result.error()
