/* The command's options: one table for flags, the INI file, the help and what is
 * remembered with a certificate. */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "output.h"

/* Commands as bits, to say which options go with which. */
enum command_bit {
    C_ISSUE = 1,
    C_RENEW = 2,
    C_STATUS = 4,
    C_EXPORT = 8,
    C_STORE = 16,
    C_REMOVE = 32,
    C_ORDER = C_ISSUE | C_RENEW, /* those that talk to a CA */
    C_ALL = 255
};

/* X(id, name, letter, argument or NULL for a flag, default, kind, commands, help) */
#define OPTIONS(X) \
    X(CONFIG, "config", 'c', "FILE", NULL, ONCE, C_ALL, "read options from an INI file; flags override it") \
    X(STATE, "state", 'd', "DIR", "/var/lib/wafer", PATH, C_ALL, "the store and live/ are kept here") \
    X(CA, "ca", 0, "NAME|URL", "letsencrypt", LIST, C_ORDER, "the CA; repeat it to name others to try next") \
    X(CA_FILE, "ca-file", 0, "PEM", NULL, KEPT_PATH, C_ORDER, \
      "roots to trust for the CA's HTTPS server, instead of those built in") \
    X(EMAIL, "email", 0, "ADDR", NULL, KEPT, C_ORDER, "contact of the account, where the CA may write to") \
    X(AGREE_TOS, "agree-tos", 0, NULL, NULL, KEPT_FLAG, C_ORDER, "you agree to the CA's terms of service") \
    X(EAB_KID, "eab-kid", 0, "[CA=]KID", NULL, LIST, C_ORDER, \
      "key identifier that the CA gave you to bind the account to; with several CAs name its CA") \
    X(EAB_KEY_FILE, "eab-key-file", 0, "[CA=]FILE", NULL, PATH_LIST, C_ORDER, \
      "file with the binding's MAC key in base64") \
    X(CHALLENGE, "challenge", 0, "TYPE", "http-01", KEPT, C_ORDER, \
      "http-01, or none when the names are validated already") \
    X(SOLVER, "solver", 0, "HOW", "standalone", KEPT_SOLVER, C_ORDER, \
      "standalone: answer on port 80; webroot:DIR, challenge-dir:DIR: through a web server") \
    X(LISTEN, "listen", 0, "[ADDR:]PORT", "80", KEPT, C_ORDER, "where standalone listens") \
    X(PROFILE, "profile", 0, "NAME", NULL, KEPT, C_ORDER, "certificate profile to ask for") \
    X(PREFERRED_CHAIN, "preferred-chain", 0, "CN", NULL, KEPT, C_ORDER, \
      "take the chain whose topmost issuer has this name") \
    X(CSR, "csr", 0, "FILE", NULL, KEPT_PATH, C_ORDER, \
      "certificate request (PEM or DER) with the names; its key stays where it is") \
    X(REUSE_KEY, "reuse-key", 0, NULL, NULL, KEPT_FLAG, C_ORDER, "keep the certificate's key when renewing") \
    X(FORCE, "force", 0, NULL, NULL, FLAG, C_ORDER | C_STORE, \
      "go on although nothing is due, or (store format) the store is in use") \
    X(LIVE, "live", 0, NULL, NULL, FLAG, C_REMOVE, "remove its files in live/, too") \
    X(DRY_RUN, "dry-run", 'n', NULL, NULL, FLAG, C_ORDER, \
      "say what would be done; contact nobody, write nothing") \
    X(EXIT_CODE, "exit-code", 0, NULL, NULL, FLAG, C_ORDER, "status 3 in the place of 0 when nothing was issued") \
    X(JSON, "json", 0, NULL, NULL, FLAG, C_ALL, "one JSON object a line on standard output") \
    X(QUIET, "quiet", 'q', NULL, NULL, FLAG, C_ALL, "print errors and warnings only") \
    X(VERBOSE, "verbose", 'v', NULL, NULL, FLAG, C_ALL, \
      "show the protocol on standard error, without secrets") \
    X(HELP, "help", 'h', NULL, NULL, FLAG, C_ALL, "show help, also for one command") \
    X(VERSION, "version", 'V', NULL, NULL, FLAG, C_ALL, "show the version")

enum option_id {
#define OPTION_MEMBER(id, name, letter, argument, preset, kind, commands, help) OPTION_##id,
    OPTIONS(OPTION_MEMBER)
#undef OPTION_MEMBER
        OPTION_COUNT
};

/* Where a value comes from; a higher one overrides a lower one. */
enum option_source { SOURCE_PRESET, SOURCE_REMEMBERED, SOURCE_CONFIG, SOURCE_FLAG };

#define OPTION_LIST_MAX   8
#define OPTION_MEMORY_MAX 2048 /* octets of remembered options */

/* The values of an option that may be repeated, in order. */
struct option_list {
    const char *items[OPTION_LIST_MAX];
    uint8_t count;
};

struct options {
    struct {
        const char *text; /* "yes" for a flag that is on, NULL: not given; of a list the last one */
        uint8_t source;
    } value[OPTION_COUNT];
    struct option_list cas, eab_kids, eab_key_files;
};

/* What a value is. */
enum option_type { TYPE_FLAG, TYPE_TEXT, TYPE_LIST, TYPE_PATH_LIST, TYPE_PATH, TYPE_SOLVER };

const char *option_name(enum option_id id);
enum option_type option_type(enum option_id id);
bool option_repeats(enum option_id id);
bool option_goes_with(enum option_id id, unsigned command_bit);

/* The option with this long name or letter, or -1. */
int option_find(const char *name);
int option_find_letter(char letter);

/* Sets a value unless a higher source has set it. A list from a higher source
 * replaces the one from a lower. Returns NULL or what is wrong. */
const char *option_set(struct options *options, enum option_id id, const char *text,
                       enum option_source source);

/* The value, else the preset, else NULL. */
const char *option_text(const struct options *options, enum option_id id);
bool option_on(const struct options *options, enum option_id id);

/* What is remembered with a certificate, as "name=value" lines, paths absolute.
 * Writes the length to *len. Returns whether they fit. */
bool options_remember(const struct options *options, char *text, size_t size, size_t *len);

/* Takes remembered options where nothing else gives a value. Unknown ones (of a
 * later version) are skipped. Cuts `text` into strings that the options point to
 * from then on. */
void options_recall(struct options *options, char *text, size_t len);

/* Writes the help lines of the options that go with a command. */
void options_help(struct output *out, unsigned command_bit);

#endif
