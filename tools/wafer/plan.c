#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "anchors.h"
#include "cas.h"

#define EAB_TEXT_MAX 256

static void forget(void *data, size_t len)
{
    volatile uint8_t *at = data;
    while (len-- > 0) {
        *at++ = 0;
    }
}

/* --- CAs and roots --- */

static enum status plan_cas(struct plan *plan)
{
    const struct options *options = plan->options;
    plan->url_count = options->ca_count > 0 ? options->ca_count : 1;
    for (size_t i = 0; i < plan->url_count; i++) {
        plan->urls[i] = ca_url(options->ca_count > 0 ? options->cas[i] : option_text(options, OPTION_CA));
        if (plan->urls[i] == NULL) {
            return STATUS_USAGE;
        }
    }
    return STATUS_DONE;
}

static enum status plan_anchors(struct plan *plan)
{
    const char *file = option_text(plan->options, OPTION_CA_FILE);
    if (file == NULL) {
        plan->anchors = wafer_public_anchors;
        return STATUS_DONE;
    }
    return anchors_read(file, &plan->anchors) ? STATUS_DONE : STATUS_FAILED;
}

/* --- account --- */

static enum status plan_contact(struct plan *plan)
{
    const char *email = option_text(plan->options, OPTION_EMAIL);
    if (email == NULL) {
        return STATUS_DONE;
    }
    const char *at = strchr(email, '@');
    bool good = at != NULL && at > email && at[1] != 0 && email[strcspn(email, " \t,?&<>")] == 0 &&
                strncmp(email, "mailto:", 7) != 0;
    if (!good || !text_format(plan->contact, sizeof plan->contact, "mailto:%s", email)) {
        complain("--email %s: is no single address of the form name@example.org", email);
        return STATUS_USAGE;
    }
    plan->contacts[0] = plan->contact;
    plan->contact_count = 1;
    return STATUS_DONE;
}

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
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    *open_to_all = fstat(fd, &stat) == 0 && (stat.st_mode & S_IROTH) != 0;
    ssize_t n = read(fd, text, size - 1);
    int error = n < 0 ? errno : (size_t)n == size - 1 ? EFBIG : 0;
    close(fd);
    n = n > 0 ? n : 0;
    while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL) {
        n--;
    }
    text[n] = 0;
    size_t blank = strspn(text, " \t\r\n");
    memmove(text, text + blank, strlen(text + blank) + 1);
    return error;
}

static enum status plan_eab(struct plan *plan)
{
    const char *kid = option_text(plan->options, OPTION_EAB_KID),
               *path = option_text(plan->options, OPTION_EAB_KEY_FILE);
    char text[EAB_TEXT_MAX];
    bool open_to_all = false;
    if (kid == NULL && path == NULL) {
        return STATUS_DONE;
    }
    if (kid == NULL || path == NULL) {
        complain("--eab-kid and --eab-key-file go together; --%s is missing",
                 kid == NULL ? "eab-kid" : "eab-key-file");
        return STATUS_USAGE;
    }
    int error = read_text(path, text, sizeof text, &open_to_all);
    int len = error == 0 ? decode(text, plan->eab_key, sizeof plan->eab_key) : 0;
    forget(text, sizeof text);
    if (error != 0) {
        complain("cannot read --eab-key-file %s: %s", path, strerror(error));
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
    plan->eab_key_len = (size_t)len;
    return STATUS_DONE;
}

/* --- request --- */

static enum status plan_csr(struct plan *plan)
{
    const char *path = option_text(plan->options, OPTION_CSR);
    if (path == NULL) {
        return STATUS_DONE;
    }
    if (option_on(plan->options, OPTION_REUSE_KEY)) {
        complain("--csr and --reuse-key do not go together: the key of a request is not wafer's");
        return STATUS_USAGE;
    }
    return csr_read(&plan->csr, path) ? STATUS_DONE : STATUS_FAILED;
}

/* --- solver --- */

static bool parse_port(const char *text, uint16_t *port)
{
    uint32_t value = 0;
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < digits && i < 6; i++) {
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return digits > 0 && digits < 6 && text[digits] == 0 && value > 0 && value <= UINT16_MAX;
}

/* "80", "192.0.2.1:80", "[2001:db8::1]:80" */
static bool parse_listen(struct plan *plan, const char *listen)
{
    if (!text_format(plan->listen_text, sizeof plan->listen_text, "%s", listen)) {
        return false;
    }
    char *address = plan->listen_text, *colon = strrchr(address, ':');
    if (colon == NULL) {
        return parse_port(address, &plan->listen_port);
    }
    *colon = 0;
    size_t len = strlen(address);
    if (address[0] == '[' && address[len - 1] == ']') {
        address[len - 1] = 0;
        address++;
    } else if (strchr(address, ':') != NULL) {
        return false; /* IPv6 without brackets: where does the port begin? */
    }
    plan->listen_address = address[0] != 0 ? address : NULL;
    return parse_port(colon + 1, &plan->listen_port);
}

static enum status plan_standalone(struct plan *plan)
{
    const char *listen = option_text(plan->options, OPTION_LISTEN);
    if (!parse_listen(plan, listen)) {
        complain("--listen %s: is not [ADDR:]PORT, such as 80, 192.0.2.1:80 or [2001:db8::1]:80", listen);
        return STATUS_USAGE;
    }
    wafer_http01_init(&plan->responder, plan->port, plan->listen_address, plan->listen_port);
    plan->solver = wafer_http01_solver(&plan->responder);
    return STATUS_DONE;
}

static enum status plan_webroot(struct plan *plan, const char *directory)
{
    struct stat info;
    if (stat(directory, &info) != 0 || !S_ISDIR(info.st_mode)) {
        complain("--solver webroot:%s: %s; give the directory that the web server serves as /", directory,
                 directory[0] == 0 ? "no directory is named"
                                   : strerror(access(directory, F_OK) != 0 ? errno : ENOTDIR));
        return STATUS_USAGE;
    }
    wafer_webroot_init(&plan->webroot, directory);
    plan->solver = wafer_webroot_solver(&plan->webroot);
    return STATUS_DONE;
}

static enum status plan_solver(struct plan *plan)
{
    const char *challenge = option_text(plan->options, OPTION_CHALLENGE);
    const char *solver = option_text(plan->options, OPTION_SOLVER);
    plan->has_solver = strcmp(challenge, "none") != 0;
    if (!plan->has_solver) {
        return STATUS_DONE;
    }
    if (strcmp(challenge, "http-01") != 0) {
        complain("--challenge %s: this wafer has http-01 and none", challenge);
        return STATUS_USAGE;
    }
    if (strcmp(solver, "standalone") == 0) {
        return plan_standalone(plan);
    }
    if (strncmp(solver, "webroot:", 8) == 0) {
        return plan_webroot(plan, solver + 8);
    }
    complain("--solver %s: this wafer has standalone and webroot:DIR", solver);
    return STATUS_USAGE;
}

enum status plan_make(struct plan *plan, const struct options *options, const struct wafer_port *port)
{
    static enum status (*const parts[])(struct plan *) = {plan_cas, plan_contact, plan_csr, plan_solver,
                                                          plan_eab, plan_anchors};
    enum status status = STATUS_DONE;
    *plan = (struct plan){.options = options, .port = port};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && status == STATUS_DONE; i++) {
        status = parts[i](plan);
    }
    return status;
}

bool plan_can_prove(const struct plan *plan, const struct names *names)
{
    for (size_t i = 0; i < names->count && plan->has_solver; i++) {
        if (names->list[i][0] == '*') {
            complain("%s: http-01 cannot prove a wildcard, only dns-01 can, which this wafer has not; name "
                     "the hosts",
                     names->list[i]);
            return false;
        }
    }
    return true;
}

void plan_config(const struct plan *plan, size_t ca, struct wafer_config *config)
{
    config->port = plan->port;
    config->anchors = plan->anchors;
    config->directory = plan->urls[ca];
    config->contacts = plan->contacts;
    config->contact_count = plan->contact_count;
    config->agree_tos = option_on(plan->options, OPTION_AGREE_TOS);
    config->eab_kid = plan->eab_key_len > 0 ? option_text(plan->options, OPTION_EAB_KID) : NULL;
    config->eab_key = plan->eab_key;
    config->eab_key_len = plan->eab_key_len;
    config->solver = plan->has_solver ? &plan->solver : NULL;
}

void plan_describe(const struct plan *plan, struct out *out)
{
    if (!plan->has_solver) {
        out_format(out, "no challenge");
    } else if (plan->webroot.directory != NULL) {
        out_format(out, "http-01, answers in %s", plan->webroot.directory);
    } else {
        out_format(out, "http-01, standalone on %s%s", plan->listen_address == NULL ? "port " : "",
                   option_text(plan->options, OPTION_LISTEN));
    }
}
