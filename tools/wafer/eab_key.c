/* Reads the key's file: base64url, as the CA shows it. */
#include "eab_key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "console.h"
#include "system_error.h"
#include "wipe.h"

#define TEXT_MAX 256

static int sextet(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = c != 0 ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

/* base64url, padded or not. Returns the number of octets, or -1. */
static int decode(const char *text, uint8_t *data, size_t size)
{
    uint32_t bits = 0;
    size_t len = 0;
    unsigned count = 0;
    for (; *text != 0 && *text != '='; text++) {
        int value = sextet(*text);
        if (value < 0 || len == size) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            data[len++] = (uint8_t)(bits >> count);
        }
    }
    return text[strspn(text, "=")] == 0 ? (int)len : -1;
}

/* Reads the file without its white space at both ends. Returns 0 or errno. */
static int read_text(const char *path, char *text, size_t size, bool *open_to_all)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    *open_to_all = fstat(fd, &info) == 0 && (info.st_mode & S_IROTH) != 0;
    ssize_t n = read(fd, text, size - 1);
    int error = n < 0 ? errno : 0;
    close(fd);
    if (n == (ssize_t)size - 1) {
        error = EFBIG;
    }
    n = n > 0 ? n : 0;
    while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL) {
        n--;
    }
    text[n] = 0;
    size_t blank = strspn(text, " \t\r\n");
    memmove(text, text + blank, strlen(text + blank) + 1);
    return error;
}

enum status eab_key_read(struct eab_key *key, const struct options *options)
{
    const char *kid = option_text(options, OPTION_EAB_KID), *path = option_text(options, OPTION_EAB_KEY_FILE);
    char text[TEXT_MAX];
    bool open_to_all = false;
    if (kid == NULL && path == NULL) {
        return STATUS_DONE;
    }
    if (kid == NULL || path == NULL) {
        complain("--eab-kid and --eab-key-file go together; --%s is missing",
                 kid == NULL ? "eab-kid" : "eab-key-file");
        return STATUS_USAGE;
    }
    wipe_at_end(key, sizeof *key);
    int error = read_text(path, text, sizeof text, &open_to_all);
    int len = error == 0 ? decode(text, key->octets, sizeof key->octets) : 0;
    wipe(text, sizeof text);
    if (error != 0) {
        complain("cannot read --eab-key-file %s: %s", path, system_error_text(error));
        return STATUS_FAILED;
    }
    if (len <= 0) {
        complain("--eab-key-file %s: is not base64url text; write the CA's HMAC key there as it is, and "
                 "nothing else",
                 path);
        return STATUS_FAILED;
    }
    if (open_to_all) {
        warn("%s can be read by everybody; run `chmod 600 %s`", path, path);
    }
    key->kid = kid;
    key->len = (size_t)len;
    return STATUS_DONE;
}
