/* Reads the INI file line by line, with inih. */
#include "config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "console.h"
#include "system_error.h"

/* "yes", "no", or NULL when it is neither. */
static const char *truth(const char *text)
{
    static const char words[][6] = {"yes", "true", "on", "1", "no", "false", "off", "0"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], text) == 0) {
            return i < 4 ? "yes" : "no";
        }
    }
    return NULL;
}

struct ini_input {
    struct options *options;
    const char *path;
    int fd, line;
    size_t at, len;
    bool failed; /* has complained */
    char data[512];
};

static int next_octet(struct ini_input *input)
{
    if (input->at == input->len) {
        ssize_t n = read(input->fd, input->data, sizeof input->data);
        if (n < 0) {
            complain("cannot read %s: %s", input->path, system_error_text(errno));
            input->failed = true;
        }
        input->at = 0;
        input->len = n > 0 ? (size_t)n : 0;
    }
    return input->at < input->len ? (unsigned char)input->data[input->at++] : -1;
}

/* fgets for inih, which would silently split a line longer than its buffer. */
static char *read_line(char *text, int size, void *stream)
{
    struct ini_input *input = stream;
    int len = 0, c = 0;
    input->line++;
    while (c != '\n' && !input->failed) {
        c = next_octet(input);
        if (c < 0) {
            break;
        }
        if (len + 2 > size || c == 0) {
            complain("%s, line %d: %s", input->path, input->line,
                     c == 0 ? "is not text" : "the line is too long");
            input->failed = true;
        } else {
            text[len++] = (char)c;
        }
    }
    text[len] = 0;
    return len > 0 && !input->failed ? text : NULL;
}

/* Takes a pair of quotes off the value, which other programs' files have. */
static void unquote(char *value)
{
    size_t len = strlen(value);
    bool quoted = len > 1 && value[len - 1] == value[0] && strchr("\"'", value[0]) != NULL;
    if (quoted) {
        memmove(value, value + 1, len - 2);
        value[len - 2] = 0;
    }
}

/* The value as it is kept, or NULL when it is none. */
static const char *keep_value(enum option_id id, const char *value)
{
    char *kept = strdup(value);
    if (kept == NULL) {
        return NULL;
    }
    unquote(kept);
    bool is_flag = option_type(id) == TYPE_FLAG;
    const char *word = is_flag ? truth(kept) : NULL;
    if (is_flag || kept[0] == 0) {
        free(kept);
        return word;
    }
    return kept;
}

/* Returns NULL or what is wrong. */
static const char *take_setting(struct ini_input *input, const char *section, const char *name,
                                const char *value)
{
    int found = option_find(name);
    enum option_id id = (enum option_id)found;
    if (section[0] != 0) {
        return "sections are not used: remove the [...] line";
    }
    if (found < 0 || id == OPTION_CONFIG || id == OPTION_HELP || id == OPTION_VERSION) {
        return "no such setting; `wafer --help` lists the names";
    }
    if (!option_repeats(id) && input->options->value[id].source == SOURCE_CONFIG) {
        return "is given twice";
    }
    value = keep_value(id, value);
    if (value == NULL) {
        return option_type(id) == TYPE_FLAG ? "must be yes or no" : "has no value";
    }
    return option_set(input->options, id, value, SOURCE_CONFIG);
}

static int on_setting(void *user, const char *section, const char *name, const char *value)
{
    struct ini_input *input = user;
    const char *fault = input->failed ? NULL : take_setting(input, section, name, value);
    if (fault != NULL) {
        complain("%s, line %d: %s: %s", input->path, input->line, name, fault);
        input->failed = true;
    }
    return !input->failed;
}

bool config_file_read(struct options *options, const char *path)
{
    static struct ini_input input;
    input = (struct ini_input){.options = options, .path = path};
    input.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (input.fd < 0) {
        complain("cannot open the config %s: %s", path, system_error_text(errno));
        return false;
    }
    int bad_line = ini_parse_stream(read_line, &input, on_setting, &input);
    close(input.fd);
    if (bad_line > 0 && !input.failed) {
        complain("%s, line %d: is not \"name = value\"", path, bad_line);
    }
    return bad_line == 0 && !input.failed;
}
