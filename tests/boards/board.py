"""A board in QEMU: its flash, its configuration, its UART."""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests/e2e"), str(REPOSITORY / "boards/common")]

import config  # noqa: E402
from procs import free_port, wait_for, whole_lines  # noqa: E402

BUILD = REPOSITORY / os.environ.get("O", "build")
# Guards against a hang, in seconds, far beyond what a slow and loaded machine takes: of one wait, and of a QEMU,
# which does not outlive that whatever happens to the test.
HANG = 1000
LIMIT = 3 * HANG
HOST, HOST6 = "10.0.2.2", "fec0::2"  # what the guest calls the host
ISSUED = r"issued: certificate for device\.example, valid until (\d+), due at (\d+), stack (\d+) of (\d+)"
FOUND = r"found: certificate for device\.example, valid until (\d+)"


class Board:
    """One device. `options` are config.page's; `http` is the host's port that reaches its port 80."""

    def __init__(self, name, folder, http=None, qemu=(), net=None, build=BUILD, **options):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self.folder, self.qemu, self.net, self.build = name, folder, list(qemu), net, build
        self.http, self.https = http or free_port(), free_port()
        self.flash, self.file = folder / "flash.bin", folder / "file.bin"
        self.options = dict(dict(file=str(self.file)), **options)
        self.env = None  # of QEMU; None: the test's own
        self.process, self.log_path, self.starts = None, None, 0

    def command(self):
        line = subprocess.run(
            ["make", "-s", "-f", "tools/make/boards.mk", f"BOARD={self.name}", f"O={self.build}", "qemu-line", f"HTTP={self.http}",
             f"HTTPS={self.https}", f"CONFIG={self.folder}/config.bin", f"SEED={self.folder}/seed.bin",
             f"BOARD_FLASH={self.flash}", f"QEMU_EXTRA={' '.join(self.qemu)}"] + ([f"NET={self.net}"] if self.net else []),
            cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
        if not self.flash.exists():
            size = re.search(r"^BOARD_FLASH_SIZE\s*:=\s*(\d+)", self.makefile(), re.M)
            if size:
                self.flash.write_bytes(b"\xff" * (1 << 21))
                os.truncate(self.flash, int(size[1]))
        return shlex.split(line)

    def makefile(self):
        return (REPOSITORY / f"boards/{self.name}/board.mk").read_text()

    def start(self, seed=None, **options):
        """Powers it on; `seed` b"" gives it none."""
        assert self.process is None
        page = config.page(**dict(self.options, **options))
        (self.folder / "config.bin").write_bytes(page)
        (self.folder / "seed.bin").write_bytes(os.urandom(48) if seed is None else seed or b"\xff" * 48)
        self.starts += 1
        self.log_path = self.folder / f"uart{self.starts}.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(["timeout", "-k", "5", str(LIMIT)] + self.command(), cwd=self.folder,
                                            env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                            start_new_session=True)
        return self

    def log(self):
        """What came from the UART so far, in whole lines."""
        return whole_lines(self.log_path)

    def wait(self, pattern, count=1):
        """Waits for the count-th match of a pattern on the UART, and for the end of its line."""
        def seen():
            matches = list(re.finditer(pattern, self.log(), re.M))
            if len(matches) >= count:
                return matches[count - 1]
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended:\n{self.log_path.read_text(errors='replace')}")
            return None
        try:
            return wait_for(seen, f"{pattern!r} of {self.name}", HANG)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.log()[-4000:]}") from None

    def stop(self, wait=True):
        """Cuts the power: QEMU gets SIGKILL and has no time to tidy up."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None
        time.sleep(0.05)
