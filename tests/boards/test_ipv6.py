"""vexpress-a9 and a CA over IPv6. QEMU's network announces itself as a router, and fec0::2 is the host's ::1."""

import socket

import pytest

from board import HOST, HOST6, ISSUED
from dns import A, AAAA
from wire import SLAAC, Wire

NET = "-nic user,id=net0,ipv4=on,ipv6=on,hostfwd=tcp:127.0.0.1:{}-:80"
NOBODY, NOBODY6 = "10.0.2.77", "fec0::77"  # of the same networks, and not there


@pytest.fixture
def pebble6(start_pebble):
    pebble = start_pebble(address="::1")
    yield pebble
    pebble.stop()


@pytest.fixture
def new_wire():
    made = []

    def make(**options):
        made.append(Wire(**options))
        return made[-1]
    yield make
    for wire in made:
        wire.close()


def dual(new_board, pebble, host, **options):
    """A board with both families, where the CA reaches its port 80 over IPv4."""
    return new_board("vexpress-a9", pebble, net=NET.format(pebble.http_port), directory=f"https://{host}:{pebble.port}/dir",
                     **options)


def test_address_of_the_ca(pebble6, new_board):
    board = dual(new_board, pebble6, f"[{HOST6}]").start()
    board.wait(ISSUED)
    assert "failed" not in board.log()


def test_name_of_the_ca(pebble6, new_board, resolves):
    board = dual(new_board, pebble6, "ca.test")
    asked = resolves(board, {("ca.test", AAAA): HOST6})
    board.start().wait(ISSUED)
    assert ("ca.test", A) in asked and ("ca.test", AAAA) in asked and "failed" not in board.log()


def test_without_ipv4(pebble6, new_board, new_wire):
    """No DHCP at all: the address and the name server come from routers, and the CA looks for the challenge at an
    IPv6 address."""
    wire, fetched = new_wire(records={("ca.test", AAAA): HOST6}, user="ipv4=off,ipv6=on"), []
    with socket.create_server(("::1", pebble6.http_port), family=socket.AF_INET6) as listener:
        wire.relay(listener, SLAAC, 80, fetched)
        pebble6.dns("set-default-ipv4", ip="")
        pebble6.dns("set-default-ipv6", ip="::1")
        board = new_board("vexpress-a9", pebble6, net=wire.net, directory=f"https://ca.test:{pebble6.port}/dir").start()
        board.wait(ISSUED)
        listener.shutdown(socket.SHUT_RDWR)
    assert SLAAC in wire.claimed, "it has not asked whether its address is free"
    assert ("ca.test", AAAA) in wire.asked
    assert fetched and all(b"/.well-known/acme-challenge/" in request for request in fetched)


def test_address_is_taken(pebble6, new_board, new_wire):
    log = pebble6.since_now()
    wire = new_wire(duplicate=True)
    board = new_board("vexpress-a9", pebble6, net=wire.net, directory=f"https://[{HOST6}]:{pebble6.port}/dir").start()
    board.wait("failed: directory: no address of the host accepted the connection")
    board.wait("another host has this device's IPv6 address")
    board.wait("next try in")
    assert log.requests() == []


def test_the_other_family(start_pebble, new_board, resolves):
    """A name has an address of each family, and one of them does not help. All at once, for most of it is waiting."""
    def start(address, ipv4, ipv6):
        pebble = start_pebble(address=address)  # one each: their challenges come in at different ports
        board = dual(new_board, pebble, "ca.test")
        resolves(board, {("ca.test", A): ipv4, ("ca.test", AAAA): ipv6})
        return board.start()

    boards = [start("::1", HOST, HOST6),  # IPv4 is refused
              start("::1", NOBODY, HOST6),  # nobody answers
              start("127.0.0.1", HOST, NOBODY6), start("127.0.0.1", HOST, HOST6)]
    silent = start("127.0.0.1", NOBODY, NOBODY6)
    for board in boards:
        board.wait(ISSUED)
        assert "failed" not in board.log()
    silent.wait("failed: directory: no answer in time")
    silent.wait("next try in")
