/* The example of port/kv-flash: the store in a real directory, one file for each block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "directory.h"
#include "life.h"

#define BLOCK 2048
#define COUNT 10

static char folder[64];
static struct wafer_kv_directory directory, second;
static struct wafer_kv_flash flash;
static struct emu_life life;
static uint8_t block[BLOCK], reader[BLOCK], value[BLOCK];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/wafer-kv-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(wafer_kv_directory_open(&directory, folder, BLOCK, COUNT), 0);
    life = (struct emu_life){.chain = 2800};
    return 0;
}

/* Removes all files. Returns how many there were. */
static int clear(void)
{
    DIR *open_folder = opendir(folder);
    int n = 0;

    assert_non_null(open_folder);
    for (struct dirent *entry; (entry = readdir(open_folder)) != NULL;) {
        if (entry->d_name[0] != '.') {
            assert_int_equal(unlinkat(dirfd(open_folder), entry->d_name, 0), 0);
            n++;
        }
    }
    closedir(open_folder);
    return n;
}

static int tear_down(void **state)
{
    (void)state;
    wafer_kv_directory_close(&directory);
    wafer_kv_directory_close(&second);
    clear();
    return rmdir(folder);
}

static int mount(void)
{
    wafer_kv_flash_init(&flash, &directory.kv, block, reader);
    return wafer_store_mount(&life.store, &flash.flash);
}

static int get(uint32_t number)
{
    return directory.kv.get(&directory, number, 0, value, sizeof value);
}

static int put(uint32_t number, char octet)
{
    memset(value, octet, sizeof value);
    return directory.kv.put(&directory, number, value, sizeof value);
}

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static void test_store(void **state)
{
    (void)state;
    assert_int_equal(mount(), WAFER_E_BLANK);
    assert_int_equal(wafer_store_format(&life.store, &flash.flash), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(emu_life_issue(&life), 0);
        wafer_kv_directory_close(&directory);
        assert_int_equal(wafer_kv_directory_open(&directory, folder, BLOCK, COUNT), 0);
        assert_int_equal(mount(), 0);
        assert_true(emu_life_holds(&life, &life.now));
    }
    assert_int_equal(clear(), COUNT); /* no other file is left */
    assert_int_equal(mount(), WAFER_E_BLANK);
}

static void test_values(void **state)
{
    char path[128], copy[128];
    struct stat found;
    uint8_t part[8];

    (void)state;
    assert_int_equal(get(3), WAFER_E_NOT_FOUND);
    assert_int_equal(put(3, 'a'), 0);
    path_of("block-00003", path);
    path_of("copy", copy);
    assert_int_equal(link(path, copy), 0);
    assert_int_equal(put(3, 'b'), 0);
    assert_int_equal(get(3), BLOCK);
    assert_int_equal(value[0], 'b');
    assert_int_equal(value[BLOCK - 1], 'b');
    assert_int_equal(directory.kv.get(&directory, 3, BLOCK - 8, part, 8), BLOCK);
    assert_memory_equal(part, "bbbbbbbb", 8);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0600);
    int fd = open(copy, O_RDONLY); /* the old value was replaced, never written to */
    assert_int_equal(read(fd, part, 1), 1);
    assert_int_equal(part[0], 'a');
    close(fd);
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(get(3), 100);
    assert_int_equal(truncate(path, 3 * BLOCK), 0);
    assert_int_equal(get(3), BLOCK + 1);
}

/* A power cut left half of a value under the other name: it is no value, and no obstacle. */
static void test_left_over(void **state)
{
    char path[128];

    (void)state;
    assert_int_equal(put(0, 'a'), 0);
    path_of("new", path);
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, "half", 4), 4);
    close(fd);
    assert_int_equal(get(0), BLOCK);
    assert_int_equal(value[0], 'a');
    assert_int_equal(put(1, 'b'), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(get(1), BLOCK);
}

static void test_errors(void **state)
{
    char path[128];

    (void)state;
    assert_int_equal(wafer_kv_directory_open(&second, folder, BLOCK, COUNT), WAFER_E_FLASH);
    assert_int_equal(second.os_error, EWOULDBLOCK);
    path_of("nowhere", path);
    assert_int_equal(wafer_kv_directory_open(&second, path, BLOCK, COUNT), WAFER_E_FLASH);
    assert_int_equal(second.os_error, ENOENT);
    path_of("block-00001", path);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_int_equal(get(1), WAFER_E_FLASH); /* not: missing */
    assert_int_equal(directory.os_error, ELOOP);
    assert_int_equal(put(1, 'x'), 0); /* replaces the link, not what it points to */
    assert_int_equal(get(1), BLOCK);
    path_of("block-00002", path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(put(2, 'x'), WAFER_E_FLASH);
    assert_int_equal(directory.os_error, EISDIR);
    assert_int_equal(rmdir(path), 0);
    wafer_kv_directory_close(&directory);
    wafer_kv_directory_close(&directory); /* no harm */
    assert_int_equal(get(1), WAFER_E_FLASH);
    assert_int_equal(put(1, 'x'), WAFER_E_FLASH);
}

/* No room for a new value: the old one stays, and nothing half. */
static void test_full_disk(void **state)
{
    struct rlimit limit = {BLOCK / 2, BLOCK / 2};
    char path[128];
    int status;

    (void)state;
    assert_int_equal(put(0, 'a'), 0);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        int rc = put(0, 'b');
        _exit(rc == WAFER_E_FLASH && directory.os_error == EFBIG ? 7 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    path_of("new", path);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(get(0), BLOCK);
    assert_int_equal(value[0], 'a');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("kv_directory", tests, NULL, NULL);
}
