/* Reads the key's file when it is needed: base64 or base64url, as the CA shows it or its customer has kept it. */
#include "eab_key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "ca.h"
#include "console.h"
#include "system_error.h"
#include "wipe.h"

#define TEXT_MAX 1024
#define BLANKS   " \t\r\n"

static bool failed;

/* Of either alphabet (RFC 4648 4 and 5). */
static int sextet(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/";
    const char *at = c != 0 ? strchr(alphabet, c) : NULL;
    int value = at != NULL ? (int)(at - alphabet) : -1;
    return value < 64 ? value : value - 2;
}

/* Padded or not, in one line or several. Returns the number of octets, or -1. */
static int decode(const char *text, uint8_t *data, size_t size)
{
    uint32_t bits = 0;
    size_t len = 0;
    unsigned digits = 0;
    for (; *text != 0 && *text != '='; text++) {
        if (strchr(BLANKS, *text) != NULL) {
            continue;
        }
        int value = sextet(*text);
        if (value < 0 || len == size) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)value;
        if (digits++ % 4 > 0) {
            data[len++] = (uint8_t)(bits >> (6 - 2 * ((digits - 1) % 4)));
        }
    }
    bool whole = text[strspn(text, "=" BLANKS)] == 0 && digits % 4 != 1;
    return whole ? (int)len : -1;
}

/* Takes blanks off both ends of a text, and quotes. */
static void trim(char *text)
{
    size_t len = strlen(text), start = strspn(text, BLANKS);
    while (len > start && strchr(BLANKS, text[len - 1]) != NULL) {
        len--;
    }
    bool quoted = len > start + 1 && text[len - 1] == text[start] && strchr("\"'", text[start]) != NULL;
    start += quoted;
    len -= quoted;
    memmove(text, text + start, len - start);
    text[len - start] = 0;
}

/* Reads all of a file. Returns 0 or errno. */
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
    n = n > 0 ? n : 0;
    text[n] = 0;
    if (strlen(text) < (size_t)n) { /* binary */
        text[0] = 0;
    }
    return n == (ssize_t)size - 1 ? EFBIG : error;
}

/* Returns the number of octets, or -1 after a complaint. */
static int read_key(const char *path, uint8_t *octets, size_t size)
{
    char text[TEXT_MAX];
    bool open_to_all = false;
    int error = read_text(path, text, sizeof text, &open_to_all);
    trim(text);
    int len = error == 0 ? decode(text, octets, size) : 0;
    wipe(text, sizeof text);
    if (error != 0) {
        complain("cannot read --eab-key-file %s, and an account is to be registered: %s", path,
                 system_error_text(error));
        return -1;
    }
    if (len <= 0) {
        complain(
            "--eab-key-file %s: is no base64 text; write the CA's HMAC key there as it is, and nothing else",
            path);
        return -1;
    }
    if (open_to_all) {
        warn("%s can be read by everybody; run `chmod 600 %s`", path, path);
    }
    return len;
}

/* An account is to be registered: `path` stands in the place of the key. */
static int append_from_file(struct wafer_buf *out, const struct wafer_jws *jws, const uint8_t *path,
                            size_t none)
{
    static uint8_t octets[128];
    (void)none;
    wipe_at_end(octets, sizeof octets);
    int len = read_key((const char *)path, octets, sizeof octets);
    failed = len < 0;
    if (failed) {
        return WAFER_E_ARGUMENT;
    }
    const struct wafer_eab binding = wafer_eab_hs256(NULL, octets, (size_t)len);
    return binding.append(out, jws, binding.key, binding.key_len);
}

bool eab_key_failed(void)
{
    bool was = failed;
    failed = false;
    return was;
}

enum status eab_key_take(struct wafer_eab *binding, const struct options *options, const char *url)
{
    const struct option_list *kids = &options->eab_kids, *files = &options->eab_key_files;
    const char *kid = ca_value(kids->items, kids->count, url),
               *path = ca_value(files->items, files->count, url);
    if ((kid == NULL) != (path == NULL)) {
        complain("--eab-kid and --eab-key-file go together; --%s is missing for %s",
                 kid == NULL ? "eab-kid" : "eab-key-file", ca_name(url));
        return STATUS_USAGE;
    }
    *binding = (struct wafer_eab){.kid = kid, .key = (const uint8_t *)path, .append = append_from_file};
    return STATUS_DONE;
}
