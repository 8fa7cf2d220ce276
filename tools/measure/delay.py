"""A TCP proxy that makes a server far away: what comes is passed on half a round trip later, all of
it together as it came, and the first octets of a connection also wait for TCP's own round trip."""

import contextlib
import queue
import socket
import threading
import time


class Delay:
    """Listens on 127.0.0.1:port (free at first) for the server on 127.0.0.1:target until stop()."""

    def __init__(self, target, rtt_s):
        self._target, self._way = target, rtt_s / 2
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for one in client, server:
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._open.add(one)
                self._pass_on(client, server, 2 * self._way)
                self._pass_on(server, client, 0)

    def _pass_on(self, source, sink, opening):
        """opening: seconds after which the first octets would have been sent."""
        line, begun = queue.Queue(), time.monotonic() + opening

        def take():
            data = True
            while data:
                try:
                    data = source.recv(65536)
                except OSError:
                    data = b""
                line.put((max(begun, time.monotonic()) + self._way, data))

        def give():
            data = True
            while data:
                due, data = line.get()
                time.sleep(max(0, due - time.monotonic()))
                with contextlib.suppress(OSError):
                    sink.sendall(data) if data else sink.shutdown(socket.SHUT_WR)
        for work in take, give:
            threading.Thread(target=work, daemon=True).start()

    def stop(self):
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
