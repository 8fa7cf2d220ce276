"""A build for a processor with 32-bit longs: files and times beyond 2038 are like any others."""
import os
import subprocess

import pytest

from conftest import THIRD, run

CROSS = "arm-linux-gnueabihf-"
RUN = ["qemu-arm", "-L", "/usr/arm-linux-gnueabihf"]
YEAR_2040 = 2208988800


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    folder = tmp_path_factory.mktemp("arm")
    run("make", "-s", f"O={folder}", f"THIRD={THIRD}", f"CROSS_COMPILE={CROSS}", "BEARSSL_WHOLE=", "CFLAGS=-O1", f"{folder}/wafer")
    return [*RUN, f"{folder}/wafer"]


@pytest.mark.parametrize("aged", ["store", "."])
def test_files_of_2040(command, tmp_path, aged):
    def wafer(*args):
        done = subprocess.run([*command, "-d", tmp_path / "state", *args], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done
        return done.stdout
    wafer("store", "format")
    os.utime(tmp_path / "state" / aged, (YEAR_2040, YEAR_2040))
    assert "0 damaged" in wafer("store", "check")
    wafer("status")
    wafer("renew")
    wafer("store", "format", "--force")
