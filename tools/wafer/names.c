/* Names as the user gives them: checked, normalised, a set in order. */
#include "names.h"

#include <arpa/inet.h>
#include <string.h>
#include "console.h"
#include "wafer/name.h"

/* What is wrong and what to do, for each enum wafer_name_fault. */
static const char *const faults[] = {
    [WAFER_NAME_EMPTY] = "is empty; leave it out",
    [WAFER_NAME_TOO_LONG] = "is longer than 253 octets, the longest name that DNS has",
    [WAFER_NAME_EMPTY_LABEL] = "has an empty label; remove the dot that is too many",
    [WAFER_NAME_LONG_LABEL] = "has a label of more than 63 octets, the longest that DNS has",
    [WAFER_NAME_SPACE] = "has white space in it; give each name as an argument of its own",
    [WAFER_NAME_UNDERSCORE] = "has an underscore, which CAs do not allow in certificates; rename the host",
    [WAFER_NAME_NOT_ASCII] = "is not ASCII; write it in its DNS form xn--... (`idn2 NAME` prints that)",
    [WAFER_NAME_CHARACTER] =
        "has a character that host names do not have; only a-z, 0-9, hyphen and dot are allowed",
    [WAFER_NAME_HYPHEN] = "has a label that begins or ends with a hyphen; remove the hyphen",
    [WAFER_NAME_WILDCARD] = "is no wildcard that CAs know; the form is *.example.org",
    [WAFER_NAME_NUMERIC] = "ends in a number and is no IP address; check for a typing error",
};

/* Shortens what is quoted in the complaint. */
static void complain_name(const char *name, const char *fault)
{
    complain("the name \"%.*s%s\" %s", 80, name, strlen(name) > 80 ? "..." : "", fault);
}

/* Writes an IPv6 address as RFC 5952 wants it (RFC 8738 3): the longest run of zeros,
 * the first of several, as "::". */
static void write_ipv6(const uint8_t address[16], char text[NAME_SIZE])
{
    struct output out = output_to_memory(text, NAME_SIZE);
    unsigned group[8], start = 8, longest = 1, run = 0;
    for (unsigned i = 0; i < 8; i++) {
        group[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
        run = group[i] == 0 ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            start = i + 1 - run;
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        if (i == start) {
            output_format(&out, "::");
            i += longest - 1;
        } else {
            output_format(&out, "%s%x", i > 0 && i != start + longest ? ":" : "", group[i]);
        }
    }
    (void)output_string(&out);
}

static void lower(char *text)
{
    for (; *text != 0; text++) {
        *text = (char)(*text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A') : *text);
    }
}

bool names_has(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool names_add(struct names *names, const char *name)
{
    size_t len = strlen(name);
    uint8_t address[16];
    if (names->count == NAMES_MAX || len >= NAME_SIZE) {
        return false;
    }
    char *text = names->text[names->count];
    memcpy(text, name, len + 1);
    lower(text);
    if (inet_pton(AF_INET6, text, address) == 1) {
        write_ipv6(address, text);
    }
    if (!names_has(names, text)) {
        names->list[names->count++] = text;
    }
    return true;
}

static bool is_good(enum wafer_name_fault fault)
{
    return fault == WAFER_NAME_OK || fault == WAFER_NAME_IP;
}

bool names_take(struct names *names, char *const *arguments, size_t count)
{
    names->count = 0;
    for (size_t i = 0; i < count; i++) {
        enum wafer_name_fault fault = wafer_name_check(arguments[i]);
        if (!is_good(fault)) {
            complain_name(arguments[i], faults[fault]);
            return false;
        }
        if (!names_add(names, arguments[i])) {
            complain("more than %d names; spread them over several certificates", NAMES_MAX);
            return false;
        }
    }
    return true;
}

int names_read(struct wafer_store *store, const struct wafer_certificate *certificate, unsigned index,
               char name[NAME_SIZE])
{
    int len = wafer_certificate_name(store, certificate, index, name, NAME_SIZE);
    if (len < 0) {
        return len;
    }
    bool whole = strlen(name) == (size_t)len; /* no NUL in it */
    return whole && is_good(wafer_name_check(name)) ? len : WAFER_E_DAMAGED;
}

bool names_equal(const struct names *a, const struct names *b)
{
    for (size_t i = 0; i < a->count; i++) {
        if (!names_has(b, a->list[i])) {
            return false;
        }
    }
    return a->count == b->count;
}

void names_copy(struct names *to, const struct names *from)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        (void)names_add(to, from->list[i]);
    }
}
