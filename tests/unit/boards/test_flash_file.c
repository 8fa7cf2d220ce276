/* A file as flash: made, found again, locked against a second process, refused when it is none, and
 * never left half made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "flash_file.h"
#include "wafer/store.h"

#define SIZE (WAFER_FLASH_FILE_BLOCK_SIZE * WAFER_FLASH_FILE_BLOCK_COUNT)

static char folder[64], path[80], other[80];
static struct wafer_flash_file file, second;

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/wafer-flash-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/store", folder);
    snprintf(other, sizeof other, "%s/store.new", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wafer_flash_file_close(&file);
    wafer_flash_file_close(&second);
    unlink(path);
    unlink(other);
    return rmdir(folder);
}

static int create(struct wafer_flash_file *to)
{
    return wafer_flash_file_open(to, path, WAFER_FLASH_FILE_CREATE, NULL);
}

static void test_create(void **state)
{
    struct stat found;
    uint8_t octets[512];
    mode_t mask = umask(0);

    (void)state;
    assert_int_equal(create(&file), 0);
    umask(mask);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0600);
    assert_int_equal(found.st_size, SIZE);
    assert_true(found.st_blocks * 512 >= SIZE); /* no holes: a full disk shows now */
    assert_int_equal(access(other, F_OK), -1);
    for (uint32_t at = 0; at < SIZE; at += (uint32_t)sizeof octets) {
        assert_int_equal(file.flash.read(file.flash.ctx, at, octets, sizeof octets), 0);
        for (size_t i = 0; i < sizeof octets; i++) {
            assert_int_equal(octets[i], 0xff);
        }
    }
}

static void test_store_in_it(void **state)
{
    struct wafer_store store;
    struct wafer_value value;
    char text[8] = "";

    (void)state;
    assert_int_equal(create(&file), 0);
    assert_int_equal(wafer_store_mount(&store, &file.flash), WAFER_E_BLANK);
    assert_int_equal(wafer_store_format(&store, &file.flash), 0);
    for (int i = 0; i < 300; i++) {
        uint8_t chain[3000] = {(uint8_t)i};

        assert_int_equal(wafer_store_begin(&store), 0);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_KEY, 0, "secret", 6), 0);
        assert_int_equal(wafer_store_put(&store, WAFER_KIND_CHAIN, 0, chain, sizeof chain), 0);
        assert_int_equal(wafer_store_commit(&store), 0);
    }
    wafer_flash_file_close(&file);
    assert_int_equal(wafer_flash_file_open(&file, path, WAFER_FLASH_FILE_WRITE, NULL), 0);
    assert_int_equal(wafer_store_mount(&store, &file.flash), 0);
    assert_int_equal(wafer_store_find(&store, WAFER_KIND_KEY, 0, 0, &value), 0);
    assert_int_equal(wafer_store_read(&store, &value, 0, text, sizeof text), 6);
    assert_string_equal(text, "secret");
}

static void test_locked(void **state)
{
    (void)state;
    assert_int_equal(create(&file), 0);
    assert_int_equal(create(&second), WAFER_E_FLASH);
    assert_int_equal(second.problem, WAFER_FLASH_FILE_LOCKED);
    assert_int_equal(wafer_flash_file_open(&second, path, WAFER_FLASH_FILE_READ, NULL),
                     0); /* readers are not kept out */
    wafer_flash_file_close(&second);
    wafer_flash_file_close(&file);
    wafer_flash_file_close(&file); /* no harm */
    assert_int_equal(wafer_flash_file_open(&file, path, WAFER_FLASH_FILE_READ, NULL), 0);
    assert_int_equal(wafer_flash_file_open(&second, path, WAFER_FLASH_FILE_READ, NULL), 0);
    assert_int_equal(file.flash.program(file.flash.ctx, 0, "x", 1), WAFER_E_FLASH);
    assert_int_equal(file.problem, WAFER_FLASH_FILE_SYSTEM);
    assert_int_equal(file.os_error, EBADF);
    wafer_flash_file_close(&file);
    assert_int_equal(wafer_flash_file_open(&file, path, WAFER_FLASH_FILE_WRITE, NULL),
                     0); /* and keep nobody out */
}

/* A reader sees what was written since it looked. */
static void test_read_again(void **state)
{
    uint8_t seen;

    (void)state;
    assert_int_equal(create(&file), 0);
    assert_int_equal(wafer_flash_file_open(&second, path, WAFER_FLASH_FILE_READ, NULL), 0);
    assert_int_equal(wafer_flash_file_read_again(&second), 0);
    for (uint32_t block = 0; block < WAFER_FLASH_FILE_BLOCK_COUNT; block++) {
        uint32_t at = block * WAFER_FLASH_FILE_BLOCK_SIZE + block * 63;
        assert_int_equal(file.flash.program(file.flash.ctx, at, "x", 1), 0);
        assert_int_equal(second.flash.read(second.flash.ctx, at, &seen, 1), 0);
        assert_int_equal(seen, 0xff); /* of one moment, whatever comes */
    }
    assert_int_equal(wafer_flash_file_read_again(&second), 0);
    for (uint32_t block = 0; block < WAFER_FLASH_FILE_BLOCK_COUNT; block++) {
        assert_int_equal(
            second.flash.read(second.flash.ctx, block * WAFER_FLASH_FILE_BLOCK_SIZE + block * 63, &seen, 1),
            0);
        assert_int_equal(seen, 'x');
    }
    assert_int_equal(truncate(path, 1000), 0);
    assert_int_equal(wafer_flash_file_read_again(&second), WAFER_E_FLASH);
    assert_int_equal(second.problem, WAFER_FLASH_FILE_SIZE);
}

static void expect_system(enum wafer_flash_file_mode mode, int os_error)
{
    assert_int_equal(wafer_flash_file_open(&file, path, mode, NULL), WAFER_E_FLASH);
    assert_int_equal(file.problem, WAFER_FLASH_FILE_SYSTEM);
    assert_int_equal(file.os_error, os_error);
    assert_int_equal(file.fd, -1);
}

static void test_refused(void **state)
{
    (void)state;
    expect_system(WAFER_FLASH_FILE_READ, ENOENT);
    expect_system(WAFER_FLASH_FILE_WRITE, ENOENT);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    expect_system(WAFER_FLASH_FILE_WRITE, ELOOP);
    expect_system(WAFER_FLASH_FILE_CREATE, ELOOP);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("elsewhere", other), 0); /* nobody's file is followed or kept */
    expect_system(WAFER_FLASH_FILE_CREATE, EEXIST);
    assert_int_equal(unlink(other), 0);

    static char longer[5000];
    memset(longer, 'a', sizeof longer - 1);
    assert_int_equal(wafer_flash_file_open(&file, longer, WAFER_FLASH_FILE_CREATE, NULL), WAFER_E_ARGUMENT);

    char deep[120];
    snprintf(deep, sizeof deep, "%s/none/store", folder);
    assert_int_equal(wafer_flash_file_open(&file, deep, WAFER_FLASH_FILE_CREATE, NULL), WAFER_E_FLASH);
    assert_int_equal(file.os_error, ENOENT);
    if (geteuid() != 0) {
        assert_int_equal(chmod(folder, 0500), 0);
        expect_system(WAFER_FLASH_FILE_CREATE, EACCES);
        assert_int_equal(chmod(folder, 0700), 0);
    }
}

static void test_wrong_size(void **state)
{
    static const long sizes[] = {0, 1, SIZE - 1, SIZE + 1, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int fd = open(path, O_RDWR | O_CREAT, 0600);
        assert_int_equal(ftruncate(fd, sizes[i]), 0);
        close(fd);
        assert_int_equal(create(&file), WAFER_E_FLASH);
        assert_int_equal(file.problem, WAFER_FLASH_FILE_SIZE);
        assert_int_equal(file.size, sizes[i]);
        assert_int_equal(file.fd, -1);
    }
    /* Truncated while it is open. */
    unlink(path);
    assert_int_equal(create(&file), 0);
    assert_int_equal(truncate(path, 100), 0);
    uint8_t octet;
    assert_int_equal(file.flash.read(file.flash.ctx, 99, &octet, 1), 0);
    assert_int_equal(file.flash.read(file.flash.ctx, 100, &octet, 1), WAFER_E_FLASH);
    assert_int_equal(file.problem, WAFER_FLASH_FILE_SIZE);
}

static void test_other_geometry(void **state)
{
    const struct wafer_flash board = {
        .block_size = 65536, .block_count = 3, .program_unit = 256, .erased = 0};
    uint8_t octet = 1;

    (void)state;
    assert_int_equal(wafer_flash_file_open(&file, path, WAFER_FLASH_FILE_CREATE, &board), 0);
    assert_int_equal(file.size, 3 * 65536);
    assert_int_equal(file.flash.read(file.flash.ctx, 70000, &octet, 1), 0);
    assert_int_equal(octet, 0);
    assert_int_equal(file.flash.program(file.flash.ctx, 70000, "a", 1), 0);
    assert_int_equal(file.flash.read(file.flash.ctx, 70000, &octet, 1), 0);
    assert_int_equal(octet, 'a');
    assert_int_equal(file.flash.erase(file.flash.ctx, 0), 0);
    assert_int_equal(file.flash.read(file.flash.ctx, 70000, &octet, 1), 0);
    assert_int_equal(octet, 'a');
    assert_int_equal(file.flash.erase(file.flash.ctx, 1), 0);
    assert_int_equal(file.flash.read(file.flash.ctx, 70000, &octet, 1), 0);
    assert_int_equal(octet, 0);
    assert_int_equal(file.flash.sync(file.flash.ctx), 0);
}

/* No room: an error when it is made, and nothing is left behind. */
static void test_full_disk(void **state)
{
    struct rlimit limit;

    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGXFSZ, SIG_IGN);
        limit.rlim_cur = limit.rlim_max = 100000;
        setrlimit(RLIMIT_FSIZE, &limit);
        int rc = create(&file);
        _exit(rc == WAFER_E_FLASH && file.problem == WAFER_FLASH_FILE_SYSTEM && file.os_error == EFBIG ? 7
                                                                                                       : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(other, F_OK), -1);
}

/* Killed while the file is made: the next run begins anew. A running one is let be. */
static void test_interrupted_creation(void **state)
{
    (void)state;
    int fd = open(other, O_RDWR | O_CREAT, 0644);
    assert_int_equal(write(fd, "half", 4), 4);
    close(fd);
    assert_int_equal(create(&file), 0);
    struct stat found;
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_size, SIZE);
    assert_int_equal(found.st_mode & 07777, 0600);
    wafer_flash_file_close(&file);
    assert_int_equal(unlink(path), 0);

    const struct wafer_flash small = {.block_size = 512, .block_count = 8, .program_unit = 1, .erased = 0xff};
    assert_int_equal(wafer_flash_file_open(&second, other, WAFER_FLASH_FILE_CREATE, &small),
                     0); /* holds the name */
    assert_int_equal(create(&file), WAFER_E_FLASH);
    assert_int_equal(file.problem, WAFER_FLASH_FILE_LOCKED);
    assert_int_equal(access(other, F_OK), 0);
}

/* Many processes make it at once: at most one has it at any time. */
static void test_race(void **state)
{
    enum { PROCESSES = 8 };
    pid_t pids[PROCESSES];
    int status, won = 0;

    (void)state;
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            int rc = create(&file);
            nanosleep(&(struct timespec){0, 300000000}, NULL);
            _exit(rc == 0 ? 7 : file.problem == WAFER_FLASH_FILE_LOCKED ? 8 : 1);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_in_range(WEXITSTATUS(status), 7, 8);
        won += WEXITSTATUS(status) == 7;
    }
    assert_in_range(won, 1, PROCESSES);
    assert_int_equal(create(&file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_create, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_locked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_geometry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_interrupted_creation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_race, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("flash_file", tests, NULL, NULL);
}
