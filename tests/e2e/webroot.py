"""A tiny web server over a folder, for the webroot solver."""

import functools
import http.server
import threading


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Webroot:
    """Serves `folder` on 127.0.0.1:port until stop()."""

    def __init__(self, folder, port):
        self.folder = folder
        (folder / ".well-known" / "acme-challenge").mkdir(parents=True)
        handler = functools.partial(_Handler, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def put(self, token, content):
        (self.folder / ".well-known" / "acme-challenge" / token).write_text(content)

    def leftovers(self):
        return sorted(p.name for p in (self.folder / ".well-known" / "acme-challenge").iterdir())

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
