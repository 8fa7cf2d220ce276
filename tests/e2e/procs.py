"""Child processes and ports of the lab: everything is stopped by its own pid."""

import random
import socket
import subprocess
import time


def _can_bind(family, address, port):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((address, port))
        except OSError:
            return False
    return True


_reservations = []


def _reserve(port):
    """Whether the port is ours among all runs of these tests: an abstract socket of its name is held
    until this process ends."""
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(f"\0wafer-tests-port-{port}")
    except OSError:
        held.close()
        return False
    _reservations.append(held)
    return True


def free_port():
    """A port that nobody uses on either loopback and that is given out once only, outside the kernel's
    ephemeral range, so that outgoing connections of parallel runs do not take it."""
    for _ in range(200):
        port = random.SystemRandom().randint(10000, 32000)
        if (_can_bind(socket.AF_INET, "127.0.0.1", port) and _can_bind(socket.AF_INET6, "::1", port)
                and _reserve(port)):
            return port
    raise RuntimeError("no free port found on 127.0.0.1 and ::1")


def wait_for(condition, what, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise TimeoutError(f"waited {seconds} s for {what}")


def whole_lines(path, start=0):
    """What a program has written to its log so far, from an octet on: up to the last line end. What comes behind it may
    be the beginning of a line, and half a number looks like a number."""
    with open(path, "rb") as file:
        file.seek(start)
        written = file.read()
    return written[:written.rfind(b"\n") + 1].decode(errors="replace")


def accepts(address, port):
    try:
        socket.create_connection((address, port), 1).close()
        return True
    except OSError:
        return False


class Daemon:
    """A background program with its output in a file."""

    def __init__(self, argv, log, env=None):
        self.log_path = log
        self._log = open(log, "wb")
        self.process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=self._log,
                                        stderr=subprocess.STDOUT, env=env)

    def wait_port(self, address, port):
        def ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.process.args[0]} ended at its start:\n{self.log()}")
            return accepts(address, port)
        wait_for(ready, f"{self.process.args[0]} on {address}:{port}")

    def log(self, start=0):
        return whole_lines(self.log_path, start)

    def mark(self):
        return self.log_path.stat().st_size

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()
