"""`make install`, and programs that use what it puts into DESTDIR by pkg-config and by CMake."""
import glob
import os

import pytest

from conftest import BUILD, PREFIX, ROOT, THIRD, WARNINGS, check_example, run


def names(pattern):
    return sorted(os.path.basename(path) for path in glob.glob(pattern))


def test_files(installed):
    root = installed + PREFIX
    expected = {"bin/wafer": 0o755}
    for folder, files in (
            ("lib", ["libwafer.a", "libwafer-posix.a", "libwafer-bearssl.a"]),
            ("lib/pkgconfig", ["wafer.pc", "wafer-posix.pc"]),
            ("lib/cmake/wafer", ["wafer-config.cmake", "wafer-config-version.cmake"]),
            ("include/wafer", names(f"{ROOT}/include/wafer/*.h")),
            ("include/wafer-posix", ["port_posix.h", "webroot.h", "flash_file.h"]),
            ("include/wafer-bearssl", names(f"{THIRD}/bearssl/inc/*.h"))):
        expected.update({f"{folder}/{file}": 0o644 for file in files})
    found = {os.path.relpath(os.path.join(folder, file), root): os.stat(os.path.join(folder, file)).st_mode & 0o777
             for folder, _, files in os.walk(installed) for file in files}
    assert found == expected
    for archive, original in (("libwafer", "libwafer"), ("libwafer-posix", "libwafer-posix"), ("libwafer-bearssl", "libbearssl")):
        with open(f"{root}/lib/{archive}.a", "rb") as one, open(f"{BUILD}/{original}.a", "rb") as other:
            assert one.read() == other.read()
    for text in glob.glob(root + "/lib/*/**/*wafer*", recursive=True):
        if os.path.isfile(text):
            with open(text, encoding="utf-8") as file:
                content = file.read()
            assert "@" not in content and installed not in content, text
    assert "no symbols" in run("nm", root + "/bin/wafer")
    assert run(root + "/bin/wafer", "--version") == "wafer 0.1.0\n"


def flags(installed, *arguments):
    return run("pkg-config", *arguments, PKG_CONFIG_SYSROOT_DIR=installed,
               PKG_CONFIG_PATH=f"{installed}{PREFIX}/lib/pkgconfig").split()


def test_version(installed):
    assert flags(installed, "--modversion", "wafer", "wafer-posix") == ["0.1.0", "0.1.0"]


@pytest.mark.parametrize("compiler, file, options", [
    ("gcc", "example.c", ["-std=c99"]),
    ("gcc", "example.c", ["-std=c17", "-O2"]),
    ("g++", "example.cc", ["-std=c++20", "-Wno-missing-field-initializers"]),
])
def test_pkg_config(installed, example, tmp_path, compiler, file, options):
    program = str(tmp_path / "example")
    run(compiler, *WARNINGS, *options, *flags(installed, "--cflags", "wafer-posix"), f"{example}/{file}", "-o", program,
        *flags(installed, "--libs", "wafer-posix"))
    check_example(program, tmp_path)


def headers(installed):
    public = [f"wafer/{name}" for name in names(f"{ROOT}/include/wafer/*.h") if name != "fingerprint.h"]  # a part of wafer.h
    return public + names(f"{installed}{PREFIX}/include/wafer-posix/*.h")


def compile_headers(installed, compiler, standard, included):
    run(compiler, "-x", "c++" if "++" in standard else "c", f"-std={standard}", *WARNINGS, "-fsyntax-only",
        *(word for header in included for word in ("-include", header)), *flags(installed, "--cflags", "wafer-posix"), "/dev/null")


@pytest.mark.parametrize("compiler, standard", [
    ("g++", "c++11"), ("g++", "c++17"), ("g++", "c++20"), ("clang++", "c++11"), ("clang++", "c++20"), ("clang", "c99")])
def test_headers(installed, compiler, standard):
    compile_headers(installed, compiler, standard, headers(installed))


def test_each_header_alone(installed):
    for header in headers(installed):
        compile_headers(installed, "g++", "c++11", [header])


PROJECT = """
cmake_minimum_required(VERSION 3.13)
project(product C CXX)
find_package(wafer 0.1 REQUIRED)
set(CMAKE_CXX_STANDARD 20)
add_executable(in_c {0}/example.c)
add_executable(in_cxx {0}/example.cc)
target_link_libraries(in_c PRIVATE wafer::posix)
target_link_libraries(in_cxx PRIVATE wafer::posix)
"""


def test_find_package(installed, example, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(PROJECT.format(example))
    configure = ("cmake", "-S", tmp_path, "-B", tmp_path / "out", f"-DCMAKE_PREFIX_PATH={installed}{PREFIX}")
    run(*configure)
    run("cmake", "--build", tmp_path / "out")
    check_example(str(tmp_path / "out/in_c"), tmp_path)
    check_example(str(tmp_path / "out/in_cxx"), tmp_path)


def test_find_package_of_another_version(installed, tmp_path):
    for wanted, fits in (("0.1.0", True), ("0.1.1", False), ("0.2", False), ("1.0", False)):
        (tmp_path / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.13)\nproject(product NONE)\nfind_package(wafer {wanted} REQUIRED)\n")
        said = run("cmake", "-S", tmp_path, "-B", tmp_path / wanted, f"-DCMAKE_PREFIX_PATH={installed}{PREFIX}", fails=not fits)
        assert fits or "0.1.0" in said
