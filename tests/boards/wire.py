"""A second host on a board's Ethernet, beside QEMU's own network, for what that can't do: IPv6 connections to the
device, a name server in a router's advertisement, an address that is taken already.

Each frame passes here between two datagram sockets of QEMU, one to the board and one to its user network, which
would answer what is meant for this host, too. `Wire.net` is QEMU's part of the command line.
"""

import ipaddress
import os
import select
import socket
import struct
import tempfile
import threading

import dns

DEVICE = bytes.fromhex("027761666572")  # boards/common/config.c: the address without one in the page
MAC = bytes.fromhex("02000000aa01")
LINK_LOCAL = ipaddress.IPv6Address("fe80::aa").packed
ADDRESS = ipaddress.IPv6Address("fec0::aa").packed
SLAAC = ipaddress.IPv6Address("fec0::77:61ff:fe66:6572").packed  # what the device makes of QEMU's prefix
TCP, UDP, ICMP6 = 6, 17, 58
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16


def checksum(source, target, protocol, data):
    whole = source + target + struct.pack("!II", len(data), protocol) + data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(whole) // 2}H", whole))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Wire:
    """duplicate  answers the device's question whether anybody has its address
       records    None, or names as of dns.py: a router says then that this host is a name server
       user       options of QEMU's own network"""

    def __init__(self, duplicate=False, records=None, user="ipv4=on,ipv6=on"):
        self.duplicate, self.records = duplicate, records
        self.claimed, self.asked = [], []  # addresses that the device has asked about; DNS questions
        self._streams, self._lock, self._port = {}, threading.Lock(), 40000
        self._folder = tempfile.TemporaryDirectory(prefix="wire-")
        self._board, board = self._pair("board")
        self._user, network = self._pair("user")
        self.net = (f"-netdev dgram,id=net0,{board} -net nic,netdev=net0 -netdev user,id=net1,{user} "
                    "-netdev hubport,id=port1,hubid=1,netdev=net1 "
                    f"-netdev dgram,id=net2,{network} -netdev hubport,id=port2,hubid=1,netdev=net2")
        threading.Thread(target=self._receive, daemon=True).start()

    def _pair(self, name):
        """A socket that is connected as soon as QEMU has made its end, and QEMU's options for that."""
        here, there = (f"{self._folder.name}/{name}-{end}" for end in ("host", "qemu"))
        own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        own.bind(here)
        return (own, there), f"local.type=unix,local.path={there},remote.type=unix,remote.path={here}"

    def close(self):
        for end, _ in (self._board, self._user):
            end.close()
        self._folder.cleanup()

    # --- frames ---

    def _receive(self):
        board, user = self._board[0], self._user[0]
        while True:
            try:
                ready = select.select([board, user], [], [], 1)[0]
                for end in ready:
                    frame = end.recv(2048)
                    if end is user:
                        self._pass(self._board, frame)
                    elif not self._own(frame):
                        self._pass(self._user, frame)
            except (OSError, ValueError):
                return  # closed

    @staticmethod
    def _pass(to, frame):
        try:
            to[0].sendto(frame, to[1])
        except OSError:
            pass  # QEMU has not begun, or has ended

    def _own(self, frame):
        """Whether a frame of the board is for this host alone; answers it."""
        if len(frame) < 54 or frame[12:14] != b"\x86\xdd":
            return False
        length, protocol = struct.unpack_from("!HB", frame, 18)
        target = frame[38:54]
        self._take(frame[22:38], target, protocol, frame[54:54 + length])
        return target == ADDRESS

    def _take(self, source, target, protocol, data):
        if protocol == ICMP6 and data[0] == 133 and self.records is not None:
            self._advertise()
        elif protocol == ICMP6 and data[0] == 135:
            self._solicited(source, data[8:24])
        elif target == ADDRESS and protocol == UDP:
            self._question(source, data)
        elif target == ADDRESS and protocol == TCP:
            with self._lock:
                stream = self._streams.get(struct.unpack_from("!H", data, 2)[0])
            if stream:
                stream.take(data)

    def send(self, source, target, protocol, data, at):
        """`at`: where in `data` the checksum belongs."""
        data = data[:at] + struct.pack("!H", checksum(source, target, protocol, data)) + data[at + 2:]
        mac = b"\x33\x33" + target[12:] if target[0] == 0xFF else DEVICE
        head = struct.pack("!IHBB", 6 << 28, len(data), protocol, 255) + source + target
        self._pass(self._board, mac + MAC + b"\x86\xdd" + head + data)

    # --- neighbours, router, names ---

    def _solicited(self, source, wanted):
        """Neighbour solicitation: from nobody it asks whether the address is free (RFC 4862 5.4)."""
        probe = source == bytes(16)
        if probe:
            self.claimed.append(wanted)
        if wanted in (ADDRESS, LINK_LOCAL) or (probe and self.duplicate and wanted == SLAAC):
            everybody = b"\xff\x02" + bytes(13) + b"\1"
            self.send(wanted, everybody if probe else source, ICMP6,
                      struct.pack("!BxxxI", 136, 0x20000000 if probe else 0x60000000) + wanted + b"\2\1" + MAC, 2)

    def _advertise(self):
        """No router and no prefix, but a name server (RFC 8106)."""
        self.send(LINK_LOCAL, b"\xff\x02" + bytes(13) + b"\1", ICMP6,
                  struct.pack("!BxxxBBHII", 134, 64, 0, 0, 0, 0) + struct.pack("!BBHI", 25, 3, 0, 600) + ADDRESS, 2)

    def _question(self, source, data):
        port, query = struct.unpack_from("!H", data)[0], data[8:]
        self.asked.append(dns.question(query))
        reply = dns.answer(query, self.records.get(self.asked[-1]))
        self.send(ADDRESS, source, UDP, struct.pack("!HHHH", 53, port, 8 + len(reply), 0) + reply, 6)

    # --- connections ---

    def connect(self, address, port):
        with self._lock:
            self._port += 1
            stream = self._streams[self._port] = Stream(self, self._port, address, port)
        stream.open()
        return stream

    def relay(self, listener, address, port, requests):
        """Hands each request that comes to a listening socket to the device, and notes it in a list."""
        def one(client):
            with client:
                request = client.recv(4096)
                if request:
                    stream = self.connect(address, port)
                    stream.write(request)
                    client.sendall(stream.read())
                    requests.append(request)

        def run():
            while True:
                try:
                    client = listener.accept()[0]
                except OSError:
                    return
                threading.Thread(target=one, args=(client,), daemon=True).start()
        threading.Thread(target=run, daemon=True).start()


class Stream:
    """The least of TCP: one request goes out, the answer comes in, over a wire that loses nothing but what comes
    before the device listens."""

    def __init__(self, wire, own, address, port):
        self.wire, self.own, self.address, self.port = wire, own, address, port
        self.next, self.expected = int.from_bytes(os.urandom(3), "big"), None
        self.received, self.ended, self.changed = b"", False, threading.Condition()

    def open(self):
        self._retry(SYN, lambda: self.ended or self.expected is not None)

    def _send(self, flags, data=b""):
        head = struct.pack("!HHIIBBHHH", self.own, self.port, self.next, self.expected or 0, 0x50, flags, 8192, 0, 0)
        self.wire.send(ADDRESS, self.address, TCP, head + data, 16)

    def _retry(self, flags, done, data=b""):
        with self.changed:
            for _ in range(30):
                self._send(flags, data)
                if self.changed.wait_for(done, 1):
                    return
        self.ended = True

    def take(self, segment):
        sequence, acknowledged = struct.unpack_from("!II", segment, 4)
        flags, data = segment[13], segment[(segment[12] >> 4) * 4:]
        with self.changed:
            if flags & RST:
                self.ended = True
            elif flags & SYN and self.expected is None:
                self.expected, self.next = sequence + 1 & 0xFFFFFFFF, acknowledged
                self._send(ACK)
            elif self.expected is not None and (data or flags & (FIN | SYN)):
                if sequence == self.expected and not flags & SYN:
                    self.received += data
                    self.expected = sequence + len(data) + (flags & FIN) & 0xFFFFFFFF
                    self.ended = self.ended or bool(flags & FIN)
                self._send(ACK)
            if flags & ACK and self.expected is not None:
                self.next = max(self.next, acknowledged)
            self.changed.notify_all()

    def write(self, data):
        """Sends it as one segment; its number stays until it is acknowledged."""
        end = self.next + len(data)
        self._retry(ACK | PUSH, lambda: self.ended or self.next >= end, data)

    def read(self):
        """All up to the end of the stream; ends our side, too."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended, 60)
            self._send(FIN | ACK)
            return self.received
