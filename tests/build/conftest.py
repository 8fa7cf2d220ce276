"""Programs outside of the tree are built with what `make` and `make install` give."""
import os
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("O", "build"))
THIRD = os.path.join(ROOT, os.environ.get("THIRD", "build/third-party"))
PREFIX = "/opt/product"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

# What one run of the example says, over a new store: tests/build/main.c.
EXPECTED = ["connect acme-v02.api.letsencrypt.org 443", "wafer 0.1.0: CONNECT"]


def run(*command, fails=False, cwd=ROOT, **env):
    """The output of a command, both streams; it must end as expected."""
    done = subprocess.run(command, cwd=cwd, env=dict(os.environ, **env),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert (done.returncode != 0) == fails, f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}"
    return done.stdout


def make(*arguments, **keywords):
    return run("make", "-s", "--no-print-directory", f"O={BUILD}", f"THIRD={THIRD}", *arguments, **keywords)


def check_example(program, folder):
    store = os.path.join(folder, "store")
    assert run(program, store).splitlines() == EXPECTED
    assert run(program, store).splitlines() == ["wafer 0.1.0: OK"]  # the store was kept, and says to wait
    os.unlink(store)


@pytest.fixture(scope="session")
def no_apt(tmp_path_factory):
    """A PATH with all programs of this machine but apt."""
    folder = tmp_path_factory.mktemp("bin")
    for name in os.listdir("/usr/bin"):
        if not name.startswith("apt"):
            os.symlink(f"/usr/bin/{name}", folder / name)
    return str(folder)


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder with all that `make install` puts below DESTDIR."""
    destination = tmp_path_factory.mktemp("install")
    make("install", f"DESTDIR={destination}", f"PREFIX={PREFIX}")
    return str(destination)


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """A folder with the README's example as a program, in C and in C++."""
    folder = tmp_path_factory.mktemp("example")
    with open(f"{ROOT}/README.md", encoding="utf-8") as file:
        code = re.search(r"^```c\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)[1]
    with open(f"{ROOT}/tests/build/main.c", encoding="utf-8") as file:
        code += file.read()
    for name in ("example.c", "example.cc"):
        (folder / name).write_text(code)
    return str(folder)
