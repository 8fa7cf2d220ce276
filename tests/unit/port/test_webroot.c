/* The webroot solver in a directory of its own below TMPDIR. */
#define _DEFAULT_SOURCE
#include "webroot.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define TOKEN      "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
#define CHALLENGES ".well-known/acme-challenge"

static const struct wafer_challenge challenge = {"http-01", "example.org", TOKEN, THUMBPRINT};

static int start; /* the directory that the test began in */
static char root[256];
static struct wafer_webroot webroot;
static struct wafer_solver solver;

/* Removes a tree, whatever a test left in it. */
static void remove_tree(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *dir;
    struct dirent *entry;

    if (fd < 0) {
        (void)unlinkat(parent, name, 0);
        return;
    }
    (void)fchmod(fd, 0700);
    dir = fdopendir(fd);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            remove_tree(fd, entry->d_name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

static int set_up(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(root, sizeof root, "%s/wafer-test-XXXXXX", tmp ? tmp : "/tmp");
    start = open(".", O_RDONLY);
    if (mkdtemp(root) == NULL || chdir(root) != 0 || mkdir("www", 0755) != 0) {
        return -1;
    }
    umask(077);
    wafer_webroot_init(&webroot, "www");
    solver = wafer_webroot_solver(&webroot);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (fchdir(start) != 0) {
        return -1;
    }
    close(start);
    remove_tree(AT_FDCWD, root);
    return access(root, F_OK) == 0 ? -1 : 0;
}

static unsigned mode_of(const char *path)
{
    struct stat status;

    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode & 07777;
}

static void assert_content(const char *path, const char *expected)
{
    char text[512];
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);

    assert_true(n >= 0);
    text[n] = 0;
    close(fd);
    assert_string_equal(text, expected);
}

/* Files in the challenge directory. */
static int count_files(void)
{
    DIR *dir = opendir("www/" CHALLENGES);
    struct dirent *entry;
    int n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(dir);
    return n;
}

static void test_present_and_cleanup(void **state)
{
    (void)state;
    assert_string_equal(solver.type, "http-01");
    assert_null(solver.serve);
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    assert_int_equal(mode_of("www/.well-known"), 0755);
    assert_int_equal(mode_of("www/" CHALLENGES), 0755);
    assert_int_equal(mode_of("www/" CHALLENGES "/" TOKEN), 0644);
    assert_content("www/" CHALLENGES "/" TOKEN, TOKEN "." THUMBPRINT);
    assert_int_equal(count_files(), 1);
    assert_int_equal(solver.present(solver.ctx, &challenge), 0); /* over the old one */
    assert_int_equal(count_files(), 1);
    solver.cleanup(solver.ctx, &challenge);
    assert_int_equal(count_files(), 0);
    solver.cleanup(solver.ctx, &challenge);
    assert_null(webroot.failed);
}

/* Directories that were there keep their mode. */
static void test_existing_directories(void **state)
{
    (void)state;
    assert_int_equal(mkdir("www/.well-known", 0711), 0);
    assert_int_equal(chmod("www/.well-known", 0711), 0);
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    assert_int_equal(mode_of("www/.well-known"), 0711);
    assert_int_equal(mode_of("www/" CHALLENGES), 0755);
}

static void test_cleanup_without_present(void **state)
{
    (void)state;
    solver.cleanup(solver.ctx, &challenge);
    assert_int_equal(access("www/.well-known", F_OK), -1);
}

static void test_tokens(void **state)
{
    static const char *const bad[] = {"",    ".",   "..",   "../../x",     "a/b",
                                      "a b", "a.b", "a%2f", "caf\xc3\xa9", "a\n"};
    struct wafer_challenge other = challenge;
    char longest[WAFER_TOKEN_MAX + 1];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        other.token = bad[i];
        assert_int_equal(solver.present(solver.ctx, &other), WAFER_E_ARGUMENT);
        solver.cleanup(solver.ctx, &other);
    }
    memset(longest, 'x', sizeof longest - 1);
    longest[WAFER_TOKEN_MAX] = 0;
    other.token = longest;
    assert_int_equal(solver.present(solver.ctx, &other), WAFER_E_ARGUMENT);
    assert_int_equal(access("www/.well-known", F_OK), -1);
    longest[WAFER_TOKEN_MAX - 1] = 0;
    assert_int_equal(solver.present(solver.ctx, &other), 0);
    solver.cleanup(solver.ctx, &other);
    assert_int_equal(count_files(), 0);
}

static void assert_refused(const char *part, int error)
{
    assert_int_equal(solver.present(solver.ctx, &challenge), WAFER_E_SOLVER);
    assert_non_null(webroot.failed);
    assert_non_null(strstr(webroot.failed, part));
    if (error != 0) {
        assert_int_equal(webroot.system_error, error);
    } else {
        assert_int_not_equal(webroot.system_error, 0);
    }
}

static void test_no_directory(void **state)
{
    (void)state;
    wafer_webroot_init(&webroot, "missing");
    assert_refused("open the directory", ENOENT);
    solver.cleanup(solver.ctx, &challenge);
    assert_non_null(webroot.failed); /* what present said stays */
    assert_int_equal(webroot.system_error, ENOENT);
    assert_int_equal(close(creat("file", 0644)), 0);
    wafer_webroot_init(&webroot, "file");
    assert_refused("open the directory", ENOTDIR);
}

static void test_not_writable(void **state)
{
    uid_t user = geteuid();

    (void)state;
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(chmod("www", 0555), 0);
    if (user == 0) { /* root may write anywhere */
        assert_int_equal(seteuid(65534), 0);
    }
    assert_refused(".well-known", EACCES);
    assert_int_equal(seteuid(user), 0);
}

/* As on a full disk: the file cannot be written, and nothing of it stays. */
static void test_disk_full(void **state)
{
    struct rlimit limit, none;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    none = limit;
    none.rlim_cur = 20; /* less than the content */
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_refused("write a file", EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(count_files(), 0);
}

static void test_file_in_the_way(void **state)
{
    (void)state;
    assert_int_equal(close(creat("www/.well-known", 0644)), 0);
    assert_refused(".well-known", ENOTDIR);
    assert_int_equal(unlink("www/.well-known"), 0);
    assert_int_equal(mkdir("www/.well-known", 0755), 0);
    assert_int_equal(mkdir("www/" CHALLENGES, 0755), 0);
    assert_int_equal(mkdir("www/" CHALLENGES "/" TOKEN, 0755), 0);
    assert_refused("write a file", 0);
    assert_int_equal(count_files(), 1); /* no temporary file stays */
}

/* Makes a symbolic link of somebody else's. */
static void link_of_others(const char *text, const char *path)
{
    if (geteuid() != 0) {
        skip(); /* only root can give one away */
    }
    assert_int_equal(symlink(text, path), 0);
    assert_int_equal(lchown(path, 65534, 65534), 0);
}

/* Who may write below the root must not lead a privileged wafer elsewhere. */
static void test_symbolic_links_of_others(void **state)
{
    (void)state;
    assert_int_equal(mkdir("victim", 0755), 0);
    link_of_others("../victim", "www/.well-known");
    assert_refused("follow its .well-known, a symbolic link of another user", EPERM);
    assert_int_equal(unlink("www/.well-known"), 0);
    assert_int_equal(mkdir("www/.well-known", 0755), 0);
    link_of_others("../../victim", "www/" CHALLENGES);
    assert_refused("follow its " CHALLENGES, EPERM);
    solver.cleanup(solver.ctx, &challenge);
    assert_int_equal(rmdir("victim"), 0); /* nothing is in it */
}

/* Presents, sees the answer at `path`, and takes it away. */
static void assert_served(const char *path)
{
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    assert_content(path, TOKEN "." THUMBPRINT);
    solver.cleanup(solver.ctx, &challenge);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* Its own, or root's: the answers of several servers in one place. */
static void test_own_symbolic_links(void **state)
{
    static char absolute[300];

    (void)state;
    assert_int_equal(mkdir("place", 0755), 0);
    assert_int_equal(symlink("../place", "www/.well-known"), 0);
    assert_served("place/acme-challenge/" TOKEN);
    assert_int_equal(rmdir("place/acme-challenge"), 0);
    snprintf(absolute, sizeof absolute, "%s/second", root);
    assert_int_equal(symlink("place", "second"), 0);
    assert_int_equal(symlink(absolute, "www/" CHALLENGES), 0); /* from a link through a link to a link */
    assert_served("place/" TOKEN);
    assert_int_equal(unlink("second"), 0);
    assert_refused("use its subdirectory " CHALLENGES, ENOENT); /* leads nowhere */
    assert_int_equal(symlink("second", "second"), 0);
    assert_refused("use its subdirectory " CHALLENGES, ELOOP);
}

/* The directory of the challenges itself, known by its name or told. */
static void test_challenge_directory(void **state)
{
    static const char *const names[] = {"www/" CHALLENGES, "www/" CHALLENGES "//",
                                        "x.well-known/acme-challenge"};

    (void)state;
    assert_int_equal(mkdir("www/.well-known", 0755), 0);
    assert_int_equal(mkdir("www/" CHALLENGES, 0755), 0);
    assert_int_equal(mkdir("x.well-known", 0755), 0);
    assert_int_equal(mkdir("x.well-known/acme-challenge", 0755), 0);
    for (size_t i = 0; i < 2; i++) {
        wafer_webroot_init(&webroot, names[i]);
        assert_served("www/" CHALLENGES "/" TOKEN);
    }
    wafer_webroot_init(&webroot, names[2]); /* a root like any other */
    assert_served("x.well-known/acme-challenge/" CHALLENGES "/" TOKEN);
    wafer_webroot_init_challenges(&webroot, "www");
    assert_served("www/" TOKEN);
    assert_int_equal(chdir("www/" CHALLENGES), 0);
    wafer_webroot_init(&webroot, "../../" CHALLENGES);
    assert_served(TOKEN);
    assert_int_equal(chdir("../../.."), 0);
}

/* What has a name that wafer would take. */
static void test_symbolic_links_as_files(void **state)
{
    (void)state;
    assert_int_equal(mkdir("victim", 0755), 0);
    assert_int_equal(close(creat("victim/file", 0600)), 0);
    assert_int_equal(mkdir("www/.well-known", 0755), 0);
    assert_int_equal(mkdir("www/" CHALLENGES, 0755), 0);
    /* one with the name of the file is not wafer's, and stays */
    assert_int_equal(symlink("../../../victim/file", "www/" CHALLENGES "/" TOKEN), 0);
    assert_refused("write a file", EEXIST);
    solver.cleanup(solver.ctx, &challenge);
    assert_int_equal(count_files(), 1);
    assert_int_equal(unlink("www/" CHALLENGES "/" TOKEN), 0);
    /* one with its temporary name is replaced, not followed */
    assert_int_equal(symlink("../../../victim/file", "www/" CHALLENGES "/.wafer-" TOKEN), 0);
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    assert_content("victim/file", "");
    assert_int_equal(mode_of("victim/file"), 0600);
    assert_content("www/" CHALLENGES "/" TOKEN, TOKEN "." THUMBPRINT);
    solver.cleanup(solver.ctx, &challenge);
    assert_int_equal(count_files(), 0);
    /* but the root itself may be one */
    assert_int_equal(symlink("www", "link"), 0);
    wafer_webroot_init(&webroot, "link");
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    assert_content("www/" CHALLENGES "/" TOKEN, TOKEN "." THUMBPRINT);
}

static void put_file(const char *path, const char *content, mode_t mode)
{
    int fd = creat(path, mode);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

/* The CA chooses the token, and so might choose the name of what somebody has there. */
static void test_files_of_others(void **state)
{
    static const char *const contents[] = {"",
                                           "mine",
                                           TOKEN,
                                           TOKEN "x." THUMBPRINT,
                                           "x" TOKEN "." THUMBPRINT,
                                           TOKEN "." THUMBPRINT THUMBPRINT THUMBPRINT THUMBPRINT THUMBPRINT};

    (void)state;
    assert_int_equal(mkdir("www/.well-known", 0755), 0);
    assert_int_equal(mkdir("www/" CHALLENGES, 0755), 0);
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        put_file("www/" CHALLENGES "/" TOKEN, contents[i], 0640);
        assert_refused("write a file", EEXIST);
        solver.cleanup(solver.ctx, &challenge);
        assert_content("www/" CHALLENGES "/" TOKEN, contents[i]);
        assert_int_equal(mode_of("www/" CHALLENGES "/" TOKEN), 0640);
        assert_int_equal(count_files(), 1);
    }
}

/* Of a run for another account, or with another mode, it is replaced; but not where it has a second name. */
static void test_old_answers(void **state)
{
    (void)state;
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    put_file("www/" CHALLENGES "/" TOKEN, TOKEN ".x", 0644);
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    assert_content("www/" CHALLENGES "/" TOKEN, TOKEN "." THUMBPRINT);
    assert_int_equal(chmod("www/" CHALLENGES "/" TOKEN, 0600), 0);
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    assert_int_equal(mode_of("www/" CHALLENGES "/" TOKEN), 0644);
    put_file("www/" CHALLENGES "/" TOKEN, TOKEN ".x", 0644);
    assert_int_equal(link("www/" CHALLENGES "/" TOKEN, "second"), 0);
    assert_refused("write a file", EEXIST);
    assert_content("second", TOKEN ".x");
}

/* A run that was killed leaves its temporary file. */
static void test_leftover(void **state)
{
    (void)state;
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    assert_int_equal(close(creat("www/" CHALLENGES "/.wafer-" TOKEN, 0600)), 0);
    assert_int_equal(solver.present(solver.ctx, &challenge), 0);
    assert_int_equal(count_files(), 1);
    assert_int_equal(close(creat("www/" CHALLENGES "/.wafer-" TOKEN, 0600)), 0);
    solver.cleanup(solver.ctx, &challenge);
    assert_int_equal(count_files(), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_present_and_cleanup),
        TEST(test_existing_directories),
        TEST(test_cleanup_without_present),
        TEST(test_tokens),
        TEST(test_no_directory),
        TEST(test_not_writable),
        TEST(test_disk_full),
        TEST(test_file_in_the_way),
        TEST(test_symbolic_links_of_others),
        TEST(test_own_symbolic_links),
        TEST(test_challenge_directory),
        TEST(test_symbolic_links_as_files),
        TEST(test_files_of_others),
        TEST(test_old_answers),
        TEST(test_leftover),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
