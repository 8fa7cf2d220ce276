"""A firmware that does without a part of the library does not link it: looked at in the README's example (http-01, DNS
names, a software key) for Cortex-M3, beside one that uses them all, so that a name that has changed is seen."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("O", "build"))
BUILD = BUILD if BUILD.is_absolute() else ROOT / BUILD
BEARSSL = pathlib.Path(os.environ.get("THIRD", ROOT / "build/third-party")) / "bearssl/inc"
FLAGS = ["-mcpu=cortex-m3", "-mthumb", "-Os", "-ffunction-sections", "-fdata-sections", "-std=c99"]

# What is linked only by who uses it, and a use of it.
PARTS = {
    "external account binding": (["wafer_jws_append_eab"], "USE(wafer_eab_hs256)"),
    "preferred chain": (["wafer_http_link_alternate", "wafer_x509_common_name"], "USE(wafer_prefer_chain)"),
    "foreign request": (["wafer_csr_read", "wafer_csr_open"], "USE(wafer_csr_open)"),
    "addresses": (["wafer_ip_parse"], "USE(wafer_ip_parse)"),
    "subproblems": (["wafer_subproblems"], "USE(wafer_subproblems)"),
    "texts": (["wafer_step_text", "wafer_event_text"], "USE(wafer_step_text) USE(wafer_event_text)"),
    "texts of errors": (["wafer_error_text"], "USE(wafer_error_text)"),
    "time from the CA": (["wafer_learn_time"], "USE(wafer_learn_time)"),
    "forgetting": (["wafer_certificate_forget"], "USE(wafer_certificate_forget)"),
    "another server's port 80": (["wafer_http01_answer"], "USE(wafer_http01_answer)"),
    "copy of a store": (["wafer_store_copy"], "USE(wafer_store_copy)"),
    "encrypted store": (["wafer_store_encrypt"], "USE(wafer_store_encrypt)"),
}
TABLES = ["the CA did not take the nonce", "new nonce"]  # of the texts


def example():
    """The README's, which stands there between the first fences for C."""
    return re.search(r"^```c\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)[1]


def link(folder, program, entry):
    """Links as a firmware does, and returns the image."""
    library, bearssl = (BUILD / "cortex-m3" / name for name in ("libwafer.a", "libbearssl.a"))
    assert library.exists(), f"no {library}: run make VARIANT=cortex-m3 {library}"
    source, image = folder / "firmware.c", folder / "firmware.elf"
    source.write_text(program)
    subprocess.run(["arm-none-eabi-gcc", *FLAGS, f"-I{ROOT}/include", "-isystem", BEARSSL, "--specs=nano.specs", "-nostartfiles",
                    f"-Wl,--gc-sections,--no-warn-mismatch,--entry=0,-u,{entry}", "-o", image, source, library, bearssl],
                   check=True)
    return image


def symbols(image):
    listed = subprocess.run(["arm-none-eabi-nm", "--defined-only", image], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in listed.splitlines()}


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return link(tmp_path_factory.mktemp("bare"), example(), "keep_certificate")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    uses = " ".join(use for _, use in PARTS.values())
    program = example() + f"void (*volatile use)(void);\n#define USE(f) use = (void (*)(void))(f);\nvoid firmware(void)\n{{\n    USE(keep_certificate) {uses}\n}}\n"
    return link(tmp_path_factory.mktemp("whole"), program, "firmware")


@pytest.mark.parametrize("part", PARTS)
def test_only_what_is_used(bare, whole, part):
    names = set(PARTS[part][0])
    assert names & symbols(bare) == set(), f"the README's example links what is only for: {part}"
    assert names <= symbols(whole), "a name has changed: look for it in PARTS"


@pytest.mark.parametrize("text", TABLES)
def test_tables_of_texts(bare, whole, text):
    assert text.encode() not in bare.read_bytes()
    assert text.encode() in whole.read_bytes()


def test_the_example_is_whole(bare):
    assert {"keep_certificate", "wafer_issue", "wafer_due", "wafer_http01_solver"} <= symbols(bare)
