"""A small HTTPS server written by hand, so that it can also misbehave: answers are cut, drip,
are garbage or never come. Base of the proxy and of the fake CA."""

import contextlib
import dataclasses
import json
import socket
import ssl
import threading
import traceback

from procs import free_port

REASONS = {200: "OK", 201: "Created", 204: "No Content", 302: "Found", 400: "Bad Request", 403: "Forbidden",
           404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}


@dataclasses.dataclass
class Request:
    method: str
    path: str
    headers: dict  # names in lower case
    body: bytes


@dataclasses.dataclass
class Answer:
    """A response and how it is put on the wire.

    headers   name to value, or to a list of values for a repeated one
    framing   "length", "chunked", "close" (the body ends with the connection), or "none": as
              headers say
    close     say Connection: close and close
    hang_up   close silently afterwards and without close_notify, as a server may do with an idle
              connection, and as a network may do at any time
    version   of the status line
    piece     octets in one write (and in one chunk), 0: all
    pause     seconds after each write
    cut       send only so many octets of the whole, then close
    """
    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    framing: str = "length"
    close: bool = False
    hang_up: bool = False
    version: str = "HTTP/1.1"
    piece: int = 0
    pause: float = 0
    cut: int = 0

    @property
    def ends_connection(self):
        return self.close or self.hang_up or self.framing == "close" or self.version == "HTTP/1.0" or self.cut

    def octets(self, head_only):
        headers = dict(self.headers)
        body = self.body
        if self.framing == "length":
            headers["Content-Length"] = str(len(body))
        elif self.framing == "chunked":
            headers["Transfer-Encoding"] = "chunked"
            size = self.piece or len(body) or 1
            pieces = [body[i:i + size] for i in range(0, len(body), size)]
            body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
        if self.close:
            headers["Connection"] = "close"
        lines = [f"{self.version} {self.status} {REASONS.get(self.status, 'Other')}"]
        for name, value in headers.items():
            lines += [f"{name}: {v}" for v in (value if isinstance(value, list) else [value])]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        return head if head_only or self.status == 204 else head + body


def json_answer(value, status=200, **headers):
    kind = "application/problem+json" if status >= 400 else "application/json"
    return Answer(status, {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}},
                  json.dumps(value).encode())


def problem(kind, detail="", status=400, headers=None, **members):
    """An ACME problem document (RFC 8555 6.7)."""
    answer = json_answer(dict(type=f"urn:ietf:params:acme:error:{kind}", detail=detail, status=status, **members), status)
    answer.headers.update(headers or {})
    return answer


def talks(octets):
    """For before_handshake: whoever connects gets these, and what is answered is read until the end."""
    def talk(raw):
        raw.settimeout(20)
        with contextlib.suppress(OSError):
            raw.sendall(octets)
            while raw.recv(4096):
                pass
        return False
    return talk


def read_request(stream):
    """The next request, or None when the client has closed."""
    line = stream.readline(65536)
    if not line:
        return None
    method, path, _ = line.decode("latin-1").split(" ", 2)
    headers = {}
    while (line := stream.readline(65536).strip()):
        name, value = line.decode("latin-1").split(":", 1)
        headers[name.lower()] = value.strip()
    return Request(method, path, headers, stream.read(int(headers.get("content-length", 0))))


class TlsServer:
    """Accepts TLS connections on `address`; subclasses answer requests in answer().

    handshakes    TLS handshakes that were completed
    connections   TCP connections that were accepted
    violations    what clients did wrong, and failures of the server itself
    """

    def __init__(self, server, address="127.0.0.1"):
        self.root, self.address, self.port = server.root, address, free_port()
        self.origin = f"https://{f'[{address}]' if ':' in address else address}:{self.port}"
        self.handshakes = self.connections = 0
        self.violations = []
        self.stopping = threading.Event()
        self.lock = threading.RLock()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.set_ciphers(getattr(server, "ciphers", "DEFAULT"))
        self._context.load_cert_chain(server.cert, server.key)
        self._open, self._threads = set(), []
        self._listener = socket.create_server(
            (address, self.port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        self._spawn(self._accept)

    def _spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                raw, _ = self._listener.accept()
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self.lock:
                    self.connections += 1
                    self._open.add(raw)
                self._spawn(self._connection, raw)

    def _connection(self, raw):
        try:
            if not self.before_handshake(raw):
                return
            with self._context.wrap_socket(raw, server_side=True) as tls:
                with self.lock:
                    self.handshakes += 1
                    self._open.add(tls)
                self._serve(tls)
        except (OSError, ValueError):
            pass  # the client went away, or was killed
        finally:
            raw.close()

    def _serve(self, tls):
        stream = tls.makefile("rb")
        while (request := read_request(stream)) is not None:
            try:
                answer = self.answer(request)
            except Exception:  # of the test server itself, or a request it could not think of
                self.violations.append(traceback.format_exc())
                return
            if answer is None:
                return
            if not self._write(tls, answer, request.method == "HEAD"):
                if isinstance(answer, Answer) and not answer.hang_up and not answer.cut:
                    with contextlib.suppress(OSError):
                        tls.settimeout(1)
                        tls.unwrap()  # close_notify: the body did not just break off
                return

    def _write(self, tls, answer, head_only):
        """Returns whether the connection goes on."""
        if isinstance(answer, bytes):
            tls.sendall(answer)
            return False
        octets = answer.octets(head_only)
        if answer.cut:
            octets = octets[:answer.cut]
        size = answer.piece if answer.pause else 0
        for i in range(0, len(octets), size or len(octets)):
            tls.sendall(octets[i:i + size] if size else octets)
            self.stopping.wait(answer.pause)
        return not answer.ends_connection

    def before_handshake(self, raw):
        """May misbehave at TCP; returns whether to shake hands."""
        return True

    def answer(self, request):
        """Returns an Answer, raw bytes (the connection ends after them), or None to hang up."""
        raise NotImplementedError

    def stop(self):
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self.lock:
            still_open = list(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
