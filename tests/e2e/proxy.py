"""A TLS-terminating proxy in front of Pebble: it counts requests and handshakes, and runs a hook
before a request goes on or before its answer comes back. The kill tests sit in these hooks."""

import http.client
import ssl
import threading

from tlsserver import Answer, TlsServer

HOP_BY_HOP = ("content-length", "transfer-encoding", "connection")


class Proxy(TlsServer):
    """Pebble's directory is at `url`; Pebble makes its URLs from the Host header, so all go through
    here.

    before(n, kind)   called with the number (0 is the first) and kind ("newOrder") of each request
                      before Pebble sees it; returning False drops request and connection
    after(n, kind)    the same when Pebble has answered and wafer has not got the answer
    kinds             of the requests so far
    """

    def __init__(self, pebble, server, address="127.0.0.1"):
        self._pebble = pebble
        self._local = threading.local()
        self._upstream = ssl.create_default_context(cafile=str(pebble.root))
        self.before = self.after = lambda n, kind: True
        self.kinds = []
        super().__init__(server, address)
        self.url = self.origin + "/dir"

    def reset(self):
        with self.lock:
            self.kinds, self.handshakes, self.connections = [], 0, 0
            self.before = self.after = lambda n, kind: True

    def answer(self, request):
        with self.lock:
            kind = request.path.split("/")[1]
            number = len(self.kinds)
            self.kinds.append(kind)
            before, after = self.before, self.after
        if before(number, kind) is False:
            return None
        answer = self._forward(request)
        return None if after(number, kind) is False else answer

    def _forward(self, request):
        if not hasattr(self._local, "upstream"):
            self._local.upstream = http.client.HTTPSConnection(
                self._pebble.address, self._pebble.port, context=self._upstream, timeout=20)
        upstream = self._local.upstream
        upstream.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(request.body)
        got = upstream.getresponse()
        body = got.read()
        headers = {}
        for name, value in got.headers.items():
            if name.lower() not in HOP_BY_HOP:
                headers.setdefault(name, []).append(value)
        return Answer(got.status, headers, body)
