/* Makes the solver that the options ask for. */
#include "challenge.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "console.h"
#include "system_error.h"

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

/* "80", "*:80", "192.0.2.1:80", "[2001:db8::1]:80" */
static bool parse_listen(struct challenge *challenge, const char *listen)
{
    if (!text_format(challenge->listen_text, sizeof challenge->listen_text, "%s", listen)) {
        return false;
    }
    char *address = challenge->listen_text, *colon = strrchr(address, ':');
    if (colon == NULL) {
        return parse_port(address, &challenge->listen_port);
    }
    *colon = 0;
    size_t len = strlen(address);
    if (address[0] == '[' && address[len - 1] == ']') {
        address[len - 1] = 0;
        address++;
    } else if (strchr(address, ':') != NULL) {
        return false; /* IPv6 without brackets: where does the port begin? */
    }
    bool every = address[0] == 0 || strcmp(address, "*") == 0;
    challenge->listen_address = every ? NULL : address;
    return parse_port(colon + 1, &challenge->listen_port);
}

static enum status set_up_standalone(struct challenge *challenge, const char *listen,
                                     const struct wafer_port *port)
{
    if (!parse_listen(challenge, listen)) {
        complain("--listen %s: is not [ADDR:]PORT, such as 80, 192.0.2.1:80 or [2001:db8::1]:80", listen);
        return STATUS_USAGE;
    }
    wafer_http01_init(&challenge->responder, port, challenge->listen_address, challenge->listen_port);
    challenge->solver = wafer_http01_solver(&challenge->responder);
    return STATUS_DONE;
}

static const char *directory_fault(const char *directory)
{
    struct stat info;
    if (directory[0] == 0) {
        return "no directory is named";
    }
    if (stat(directory, &info) != 0) {
        return system_error_text(errno);
    }
    return S_ISDIR(info.st_mode) ? NULL : system_error_text(ENOTDIR);
}

/* The solvers that write into a directory of a web server. */
static const struct directory_row {
    const char *prefix;
    void (*init)(struct wafer_webroot *webroot, const char *directory);
    const char *serves; /* the directory as */
} directories[] = {
    {"webroot:", wafer_webroot_init, "/"},
    {"challenge-dir:", wafer_webroot_init_challenges, "/.well-known/acme-challenge/"},
};

static const struct directory_row *find_directory(const char *solver)
{
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        if (strncmp(solver, directories[i].prefix, strlen(directories[i].prefix)) == 0) {
            return &directories[i];
        }
    }
    return NULL;
}

static enum status set_up_directory(struct challenge *challenge, const struct directory_row *row,
                                    const char *solver)
{
    const char *directory = solver + strlen(row->prefix), *fault = directory_fault(directory);
    if (fault != NULL) {
        complain("--solver %s: %s; give the directory that the web server serves as %s", solver, fault,
                 row->serves);
        return STATUS_USAGE;
    }
    row->init(&challenge->webroot, directory);
    challenge->solver = wafer_webroot_solver(&challenge->webroot);
    return STATUS_DONE;
}

enum status challenge_set_up(struct challenge *challenge, const struct options *options,
                             const struct wafer_port *port)
{
    const char *type = option_text(options, OPTION_CHALLENGE), *solver = option_text(options, OPTION_SOLVER);
    challenge->answered = strcmp(type, "none") != 0;
    if (!challenge->answered) {
        return STATUS_DONE;
    }
    if (strcmp(type, "http-01") != 0) {
        complain("--challenge %s: this wafer has http-01 and none", type);
        return STATUS_USAGE;
    }
    if (strcmp(solver, "standalone") == 0) {
        return set_up_standalone(challenge, option_text(options, OPTION_LISTEN), port);
    }
    const struct directory_row *row = find_directory(solver);
    if (row != NULL) {
        return set_up_directory(challenge, row, solver);
    }
    complain("--solver %s: this wafer has standalone, webroot:DIR and challenge-dir:DIR", solver);
    return STATUS_USAGE;
}

bool challenge_can_prove(const struct challenge *challenge, const struct names *names)
{
    for (size_t i = 0; i < names->count && challenge->answered; i++) {
        if (names->list[i][0] == '*') {
            complain("%s: http-01 cannot prove a wildcard, only dns-01 can, which this wafer has not; name "
                     "the hosts",
                     names->list[i]);
            return false;
        }
    }
    return true;
}

bool challenge_can_listen(const struct challenge *challenge, const struct options *options,
                          const struct wafer_port *port)
{
    bool listens = challenge->answered && challenge->webroot.directory == NULL;
    if (!listens || challenge->listen_address == NULL) {
        return true;
    }
    int handle =
        port->listen(port->ctx, challenge->listen_address, 0); /* any port: the address is in question */
    if (handle < 0) {
        complain("--listen %s: %s is no address of this device: name one that is, or the port alone for all "
                 "of them",
                 option_text(options, OPTION_LISTEN), challenge->listen_address);
        return false;
    }
    port->close(port->ctx, handle);
    return true;
}

void challenge_describe(const struct challenge *challenge, const struct options *options, struct output *out)
{
    if (!challenge->answered) {
        output_format(out, "no challenge");
    } else if (challenge->webroot.directory != NULL) {
        output_format(out, "http-01, answers in %s", challenge->webroot.directory);
    } else {
        output_format(out, "http-01, standalone on %s%s", challenge->listen_address == NULL ? "port " : "",
                      option_text(options, OPTION_LISTEN));
    }
}

void challenge_cause(const struct challenge *challenge, char *text, size_t size)
{
    text[0] = 0;
    if (challenge->webroot.failed != NULL && challenge->webroot.system_error == EEXIST) {
        (void)text_format(text, size,
                          "cannot %s: the CA calls it %s, and one of that name is there that is not wafer's",
                          challenge->webroot.failed, challenge->webroot.name);
    } else if (challenge->webroot.failed != NULL) {
        (void)text_format(text, size, "cannot %s: %s", challenge->webroot.failed,
                          system_error_text(challenge->webroot.system_error));
    }
}
