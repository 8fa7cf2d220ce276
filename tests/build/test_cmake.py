"""wafer as a part of a larger CMake build: add_subdirectory."""
import os

from conftest import BUILD, ROOT, THIRD, check_example, run

PROJECT = """
cmake_minimum_required(VERSION 3.13)
project(product C CXX)
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -Werror)
{before}
add_subdirectory({root} wafer)
{after}
set(CMAKE_CXX_STANDARD 20)
add_executable(in_c {example}/example.c)
add_executable(in_cxx {example}/example.cc)
target_link_libraries(in_c PRIVATE wafer::posix)
target_link_libraries(in_cxx PRIVATE wafer::posix)
"""


def build(folder, example, before="", after="", *options):
    (folder / "CMakeLists.txt").write_text(PROJECT.format(root=ROOT, example=example, before=before, after=after))
    run("cmake", "-S", folder, "-B", folder / "out", f"-DWAFER_THIRD={THIRD}", *options)
    run("cmake", "--build", folder / "out", "-j", str(os.cpu_count()))


def test_whole(example, tmp_path):
    build(tmp_path, example)
    check_example(str(tmp_path / "out/in_c"), tmp_path)
    check_example(str(tmp_path / "out/in_cxx"), tmp_path)


def test_knobs_and_a_bearssl_of_the_project(example, tmp_path):
    """Knobs that are set once reach library and program: else wafer_init refuses."""
    build(tmp_path, example, before=f"""
add_library(bearssl STATIC IMPORTED GLOBAL)
set_target_properties(bearssl PROPERTIES IMPORTED_LOCATION {BUILD}/libbearssl.a INTERFACE_INCLUDE_DIRECTORIES {THIRD}/bearssl/inc)
""", after="target_compile_definitions(wafer PUBLIC WAFER_WORK_SIZE=8192 WAFER_HTTP01_CONNECTIONS=2)")
    check_example(str(tmp_path / "out/in_c"), tmp_path)


def test_without_sources(tmp_path, no_apt):
    """No archives and no apt: the message names what is missing and what to do."""
    (tmp_path / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.13)\nproject(product NONE)\nadd_subdirectory({ROOT} wafer)\n")
    said = run("cmake", "-S", tmp_path, "-B", tmp_path / "out", fails=True, PATH=no_apt)
    assert "bearssl 0.6 is missing" in said and "out/wafer/third-party" in said
