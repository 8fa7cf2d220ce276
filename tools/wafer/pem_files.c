/* Writes those files, or compares them with what they should hold. */
#include "pem_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "output.h"
#include "wafer/pem.h"
#include "wipe.h"

#define DER_MAX    WAFER_WORK_SIZE
#define FILE_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

enum file { PRIVKEY, CERT, CHAIN, FULLCHAIN, FILE_COUNT };

/* The files of a directory, and which certificates of the chain are in them. */
static const struct {
    const char *name;
    unsigned from, to;
    mode_t mode;
} files[FILE_COUNT] = {
    [PRIVKEY] = {"privkey.pem", 0, 0, 0600},
    [CERT] = {"cert.pem", 0, 1, 0644},
    [CHAIN] = {"chain.pem", 1, 255, 0644},
    [FULLCHAIN] = {"fullchain.pem", 0, 255, 0644},
};

static uint8_t der[DER_MAX];
static char pem[DER_MAX / 3 * 4 + DER_MAX / 48 + 128];

/* One file: written, or compared with what it should hold. */
struct sink {
    int fd;
    bool compare, bad; /* bad: differs, or cannot be written (errno tells) */
};

static void put(struct sink *sink, const char *data, size_t len)
{
    char present[512];
    while (len > 0 && !sink->bad) {
        size_t part = len < sizeof present ? len : sizeof present;
        ssize_t n = sink->compare ? read(sink->fd, present, part) : write(sink->fd, data, part);
        if (n <= 0) {
            sink->bad = n == 0 || errno != EINTR;
            continue;
        }
        sink->bad = sink->compare && memcmp(present, data, (size_t)n) != 0;
        data += n;
        len -= (size_t)n;
    }
}

static int put_key(const struct pem_source *source, struct sink *sink)
{
    struct wafer_key key;
    int rc = wafer_certificate_key(source->store, &source->certificate, &key);
    int len = rc < 0 ? rc : wafer_key_to_pkcs8(&key, der, sizeof der);
    wafer_key_wipe(&key);
    if (len < 0) {
        return len;
    }
    put(sink, pem, br_pem_encode(pem, der, (size_t)len, "PRIVATE KEY", BR_PEM_LINE64));
    wipe(der, sizeof der);
    wipe(pem, sizeof pem);
    return 0;
}

/* Puts those certificates of the chain that belong to the file. */
static int put_chain(const struct pem_source *source, enum file file, struct sink *sink)
{
    uint32_t offset = 0;
    unsigned index = 0;
    int len;
    while ((len = wafer_certificate_der(source->store, &source->certificate, &offset, der, sizeof der)) > 0) {
        if (index >= files[file].from && index < files[file].to) {
            put(sink, pem, br_pem_encode(pem, der, (size_t)len, "CERTIFICATE", BR_PEM_LINE64));
        }
        index++;
    }
    return len;
}

/* Puts the content of a file to the sink. Returns 0 or an error of the store. */
static int put_content(const struct pem_source *source, enum file file, struct sink *sink)
{
    return file == PRIVKEY ? put_key(source, sink) : put_chain(source, file, sink);
}

static bool has_file(const struct pem_source *source, enum file file)
{
    return file != PRIVKEY || source->certificate.key.length > 0; /* else a secure element holds it */
}

/* The name of a file that is not whole yet. */
static const char *unfinished(enum file file)
{
    static char name[24];
    (void)text_format(name, sizeof name, ".%s.new", files[file].name);
    return name;
}

bool pem_files_has(const struct pem_source *source, const char *name)
{
    for (int file = 0; file < FILE_COUNT; file++) {
        bool ours = strcmp(name, files[file].name) == 0 && has_file(source, (enum file)file);
        if (ours || strcmp(name, unfinished((enum file)file)) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether an open file holds what it should, to its last octet. */
static bool is_same(const struct pem_source *source, enum file file, int fd)
{
    struct sink sink = {.fd = fd, .compare = true};
    char more;
    int rc = put_content(source, file, &sink);
    return rc == 0 && !sink.bad && read(fd, &more, 1) == 0;
}

static bool is_current(const struct pem_source *source, int directory, enum file file)
{
    if (!has_file(source, file)) {
        return true;
    }
    int fd = openat(directory, files[file].name, FILE_FLAGS);
    if (fd < 0) {
        return false;
    }
    bool same = is_same(source, file, fd);
    close(fd);
    return same;
}

bool pem_files_are_current(const struct pem_source *source, int directory)
{
    bool current = true;
    for (int file = 0; file < FILE_COUNT && current; file++) {
        current = is_current(source, directory, (enum file)file);
    }
    return current;
}

/* Closes a file that was written; errno stays. */
static void close_quietly(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
}

int pem_files_sync(int fd)
{
    int rc = fsync(fd);
    return rc < 0 && errno != EINVAL ? WAFER_E_FLASH : 0;
}

/* Fills a file and sends it to the disk. */
static int fill_file(const struct pem_source *source, enum file file, int fd)
{
    struct sink sink = {.fd = fd};
    int rc = put_content(source, file, &sink);
    if (rc < 0) {
        return rc;
    }
    if (sink.bad) {
        return WAFER_E_FLASH;
    }
    (void)fchmod(
        fd,
        files[file]
            .mode); /* it is closed to others; where that can't be changed, the file system says who may read */
    return pem_files_sync(fd);
}

/* Writes one file under its unfinished name; the key's is never open to others, not for a moment. */
static int write_file(const struct pem_source *source, int directory, enum file file)
{
    (void)unlinkat(directory, unfinished(file), 0); /* left by a run that was killed */
    int fd = openat(directory, unfinished(file), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return WAFER_E_FLASH;
    }
    int rc = fill_file(source, file, fd);
    close_quietly(fd);
    return rc;
}

/* Does it with each file that there is to be. */
static int for_each(const struct pem_source *source, int directory,
                    int (*action)(const struct pem_source *source, int directory, enum file file))
{
    int rc = 0;
    for (int file = 0; file < FILE_COUNT && rc == 0; file++) {
        rc = has_file(source, (enum file)file) ? action(source, directory, (enum file)file) : 0;
    }
    return rc;
}

static int give_name(const struct pem_source *source, int directory, enum file file)
{
    (void)source;
    int rc = renameat(directory, unfinished(file), directory, files[file].name);
    return rc < 0 ? WAFER_E_FLASH : 0;
}

int pem_files_write(const struct pem_source *source, int directory)
{
    int rc = for_each(source, directory, write_file);
    if (rc == 0) {
        rc = for_each(source, directory, give_name);
    }
    int saved = errno;
    for (int file = 0; file < FILE_COUNT && rc < 0; file++) {
        (void)unlinkat(directory, unfinished((enum file)file), 0);
    }
    errno = saved;
    return rc == 0 ? pem_files_sync(directory) : rc;
}

/* Returns 0, or -1 with errno. */
static int remove_name(int directory, const char *name)
{
    int rc = unlinkat(directory, name, 0);
    return rc < 0 && errno == ENOENT ? 0 : rc;
}

int pem_files_remove(const struct pem_source *source, int directory)
{
    int worst = 0;
    for (int file = 0; file < FILE_COUNT; file++) {
        int rc = remove_name(directory, unfinished((enum file)file));
        worst = rc < 0 ? rc : worst;
        rc = has_file(source, (enum file)file) ? remove_name(directory, files[file].name) : 0;
        worst = rc < 0 ? rc : worst;
    }
    return worst;
}

static bool is_there(int directory, enum file file)
{
    struct stat info;
    int rc = fstatat(directory, files[file].name, &info, AT_SYMLINK_NOFOLLOW);
    return rc == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
}

/* Reads the first certificate of an open file. Returns its length in `der`, or a negative error. */
static int read_first(int fd)
{
    struct wafer_pem decoder;
    char text[512];
    ssize_t len;
    wafer_pem_init(&decoder, "CERTIFICATE", WAFER_PEM_SKIP_OTHERS, der, sizeof der);
    while ((len = read(fd, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < len; i++) {
            int rc = wafer_pem_feed(&decoder, text[i]);
            if (rc != 0) {
                return rc < 0 ? rc : (int)decoder.len;
            }
        }
    }
    return WAFER_E_NOT_FOUND;
}

bool pem_files_dates(const struct pem_source *source, int directory, int64_t *not_before, int64_t *not_after)
{
    for (int file = 0; file < FILE_COUNT; file++) {
        if (has_file(source, (enum file)file) && !is_there(directory, (enum file)file)) {
            return false;
        }
    }
    int fd = openat(directory, files[CERT].name, FILE_FLAGS);
    if (fd < 0) {
        return false;
    }
    int len = read_first(fd);
    close(fd);
    int rc = len < 0 ? len : wafer_certificate_validity(der, (size_t)len, not_before, not_after);
    return rc == 0;
}
