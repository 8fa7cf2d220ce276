/* Writes those files, or compares them with what they should hold. */
#include "pem_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "wipe.h"

#define DER_MAX         WAFER_WORK_SIZE
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

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
    int fd = openat(directory, files[file].name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool same = is_same(source, file, fd);
    close(fd);
    return same;
}

bool pem_files_are_current(const struct pem_source *source, int parent, const char *name)
{
    int directory = openat(parent, name, DIRECTORY_FLAGS);
    if (directory < 0) {
        return false;
    }
    bool current = true;
    for (int file = 0; file < FILE_COUNT && current; file++) {
        current = is_current(source, directory, (enum file)file);
    }
    close(directory);
    return current;
}

/* Closes a file that was written; errno stays. */
static void close_quietly(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
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
    (void)fchmod(fd, files[file].mode); /* it is closed to others; where that can't be changed, the file system says who may read */
    return fsync(fd) == 0 ? 0 : WAFER_E_FLASH;
}

/* Writes one file; the key's is never open to others, not for a moment. */
static int write_file(const struct pem_source *source, int directory, enum file file)
{
    int fd = openat(directory, files[file].name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return WAFER_E_FLASH;
    }
    int rc = fill_file(source, file, fd);
    close_quietly(fd);
    return rc;
}

static int write_files(const struct pem_source *source, int directory)
{
    for (int file = 0; file < FILE_COUNT; file++) {
        if (!has_file(source, (enum file)file)) {
            continue;
        }
        int rc = write_file(source, directory, (enum file)file);
        if (rc < 0) {
            return rc;
        }
    }
    return fsync(directory) == 0 ? 0 : WAFER_E_FLASH;
}

int pem_files_write(const struct pem_source *source, int parent, const char *name)
{
    pem_files_remove(parent, name);
    int made = mkdirat(parent, name, 0700);
    int directory = made == 0 ? openat(parent, name, DIRECTORY_FLAGS) : -1;
    if (directory < 0) {
        return WAFER_E_FLASH;
    }
    int rc = write_files(source, directory);
    close_quietly(directory);
    return rc;
}

void pem_files_remove(int parent, const char *name)
{
    int saved = errno, directory = openat(parent, name, DIRECTORY_FLAGS);
    if (directory >= 0) {
        for (int file = 0; file < FILE_COUNT; file++) {
            (void)unlinkat(directory, files[file].name, 0);
        }
        close(directory);
        (void)unlinkat(parent, name, AT_REMOVEDIR);
    }
    errno = saved;
}
