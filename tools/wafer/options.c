#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "console.h"

enum option_kind { FLAG = 0, ONCE = 1, LIST = 2, PATH = 3, SOLVER = 4, TYPE_MASK = 7, REMEMBERED = 8 };
#define KIND_FLAG        FLAG
#define KIND_ONCE        ONCE
#define KIND_PATH        PATH
#define KIND_LIST        (LIST | REMEMBERED)
#define KIND_KEPT        (ONCE | REMEMBERED)
#define KIND_KEPT_PATH   (PATH | REMEMBERED)
#define KIND_KEPT_FLAG   (FLAG | REMEMBERED)
#define KIND_KEPT_SOLVER (SOLVER | REMEMBERED)

static const struct option_row {
    const char *name, *argument, *preset, *help;
    char letter;
    uint8_t kind, commands;
} rows[OPTION_COUNT] = {
#define OPTION_ROW(id, name, letter, argument, preset, kind, commands, help) \
    {name, argument, preset, help, letter, KIND_##kind, (commands)&255},
    OPTIONS(OPTION_ROW)
#undef OPTION_ROW
};

const char *option_text(const struct options *options, enum option_id id)
{
    const char *text = options->value[id].text;
    return text != NULL ? text : rows[id].preset;
}

bool option_on(const struct options *options, enum option_id id)
{
    return options->value[id].text != NULL && strcmp(options->value[id].text, "yes") == 0;
}

/* Sets a value unless a higher source has set it. A list from a higher source
 * replaces the one from a lower. Returns NULL or what is wrong. */
static const char *set(struct options *options, enum option_id id, const char *text,
                       enum option_source source)
{
    if (options->value[id].source > source) {
        return NULL;
    }
    if ((rows[id].kind & TYPE_MASK) == LIST) {
        if (options->value[id].source < source) {
            options->ca_count = 0;
        }
        if (options->ca_count == OPTION_CAS_MAX) {
            return "is given too often";
        }
        options->cas[options->ca_count++] = text;
    }
    options->value[id].text = text;
    options->value[id].source = (uint8_t)source;
    return NULL;
}

static int find_name(const char *name)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (strcmp(rows[id].name, name) == 0) {
            return id;
        }
    }
    return -1;
}

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

/* --- INI file --- */

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
            complain("cannot read %s: %s", input->path, strerror(errno));
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
    while (c != '\n' && !input->failed && (c = next_octet(input)) >= 0) {
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

static const char *take_setting(struct ini_input *input, const char *section, const char *name,
                                const char *value)
{
    int id = find_name(name);
    if (section[0] != 0) {
        return "sections are not used: remove the [...] line";
    }
    if (id < 0 || id == OPTION_CONFIG || id == OPTION_HELP || id == OPTION_VERSION) {
        return "no such setting; `wafer --help` lists the names";
    }
    bool list = (rows[id].kind & TYPE_MASK) == LIST;
    if (!list && input->options->value[id].source == SOURCE_CONFIG) {
        return "is given twice";
    }
    value = (rows[id].kind & TYPE_MASK) == FLAG ? truth(value) : value[0] != 0 ? strdup(value) : NULL;
    if (value == NULL) {
        return rows[id].argument == NULL ? "must be yes or no" : "has no value";
    }
    return set(input->options, (enum option_id)id, value, SOURCE_CONFIG);
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

static bool read_config(struct options *options, const char *path)
{
    static struct ini_input input;
    input = (struct ini_input){.options = options, .path = path};
    input.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (input.fd < 0) {
        complain("cannot open the config %s: %s", path, strerror(errno));
        return false;
    }
    int bad_line = ini_parse_stream(read_line, &input, on_setting, &input);
    close(input.fd);
    if (bad_line > 0 && !input.failed) {
        complain("%s, line %d: is not \"name = value\"", path, bad_line);
    }
    return bad_line == 0 && !input.failed;
}

/* --- flags --- */

struct arguments {
    int count, next;
    char **list;
};

static int find_letter(char letter)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (letter != 0 && rows[id].letter == letter) {
            return id;
        }
    }
    return -1;
}

/* Takes one option: `attached` is a value in the same argument, or NULL. */
static bool take_flag(struct options *options, struct arguments *arguments, int id, const char *attached)
{
    const char *value = "yes", *fault = NULL;
    if (rows[id].argument == NULL) {
        fault = attached != NULL ? "takes no value" : NULL;
    } else if (attached != NULL || arguments->next < arguments->count) {
        value = attached != NULL ? attached : arguments->list[arguments->next++];
        fault = value[0] == 0 ? "has an empty value" : NULL;
    } else {
        fault = "needs a value";
    }
    if (fault == NULL) {
        fault = set(options, (enum option_id)id, value, SOURCE_FLAG);
    }
    if (fault != NULL) {
        complain("--%s %s; `wafer --help` shows how it is used", rows[id].name, fault);
    }
    return fault == NULL;
}

/* "--name", "--name=value" */
static bool take_long(struct options *options, struct arguments *arguments, const char *text)
{
    char name[32];
    size_t len = strcspn(text, "=");
    int id = text_format(name, sizeof name, "%.*s", (int)len, text) ? find_name(name) : -1;
    if (id < 0) {
        complain("--%s is no option; `wafer --help` lists them", text);
        return false;
    }
    return take_flag(options, arguments, id, text[len] != 0 ? text + len + 1 : NULL);
}

/* "-q", "-qv", "-dDIR", "-d DIR" */
static bool take_short(struct options *options, struct arguments *arguments, const char *text)
{
    bool good = true;
    while (*text != 0 && good) {
        int id = find_letter(*text++);
        if (id < 0) {
            complain("-%c is no option; `wafer --help` lists them", text[-1]);
            return false;
        }
        bool attached = rows[id].argument != NULL && *text != 0;
        good = take_flag(options, arguments, id, attached ? text : NULL);
        text += attached ? strlen(text) : 0;
    }
    return good;
}

/* Moves the operands to the start of the list. Returns how many, -1 after a complaint. */
static int take_flags(struct options *options, struct arguments *arguments)
{
    int operands = 0;
    bool all = false, good = true; /* all: operands only, after "--" */
    while (arguments->next < arguments->count && good) {
        char *text = arguments->list[arguments->next++];
        if (all || text[0] != '-' || text[1] == 0) {
            arguments->list[operands++] = text;
        } else if (text[1] != '-') {
            good = take_short(options, arguments, text + 1);
        } else if (text[2] != 0) {
            good = take_long(options, arguments, text + 2);
        } else {
            all = true;
        }
    }
    return good ? operands : -1;
}

int options_parse(struct options *options, int count, char **list)
{
    struct arguments arguments = {count, 0, list};
    *options = (struct options){.ca_count = 0};
    int operands = take_flags(options, &arguments);
    const char *config = option_text(options, OPTION_CONFIG);
    if (operands >= 0 && config != NULL && !option_on(options, OPTION_HELP) &&
        !read_config(options, config)) {
        return -1;
    }
    return operands;
}

bool options_fit(const struct options *options, unsigned command_bit, const char *command)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (options->value[id].source == SOURCE_FLAG && (rows[id].commands & command_bit) == 0) {
            complain("--%s does not go with %s; `wafer %s --help` lists what does", rows[id].name, command,
                     command);
            return false;
        }
    }
    return true;
}

/* --- remembered options --- */

/* A relative path means something else at the next run: writes it absolute. */
static void put_path(struct out *out, const char *path)
{
    char here[512];
    if (path[0] != '/' && getcwd(here, sizeof here) != NULL) {
        out_format(out, "%s/", here);
    }
    out_format(out, "%s\n", path);
}

static void put_option(struct out *out, const struct option_row *row, const char *text)
{
    unsigned type = row->kind & TYPE_MASK;
    bool webroot = type == SOLVER && strncmp(text, "webroot:", 8) == 0;
    out_format(out, "%s=%s", row->name, webroot ? "webroot:" : "");
    if (webroot || type == PATH) {
        put_path(out, webroot ? text + 8 : text);
    } else {
        out_format(out, "%s\n", text);
    }
}

bool options_remember(const struct options *options, char *text, size_t size, size_t *len)
{
    struct out out = {-1, text, size, 0, false};
    for (int id = 0; id < OPTION_COUNT; id++) {
        const char *value = options->value[id].text;
        if (value == NULL || (rows[id].kind & REMEMBERED) == 0) {
            continue;
        }
        for (unsigned i = 0; i < options->ca_count && id == OPTION_CA; i++) {
            put_option(&out, &rows[id], options->cas[i]);
        }
        if (id != OPTION_CA) {
            put_option(&out, &rows[id], value);
        }
    }
    *len = out.len;
    return !out.failed;
}

static void recall_line(struct options *options, char *line)
{
    char *equals = strchr(line, '=');
    if (equals == NULL) {
        return;
    }
    *equals = 0;
    int id = find_name(line);
    if (id >= 0 && (rows[id].kind & REMEMBERED) != 0) {
        (void)set(options, (enum option_id)id, equals + 1, SOURCE_REMEMBERED);
    }
}

void options_recall(struct options *options, char *text, size_t len)
{
    char *end, *stop = text + len;
    for (char *line = text; (end = memchr(line, '\n', (size_t)(stop - line))) != NULL; line = end + 1) {
        *end = 0;
        recall_line(options, line);
    }
}

void options_help(struct out *out, unsigned command_bit)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        const struct option_row *row = &rows[id];
        char left[40];
        if ((row->commands & command_bit) == 0) {
            continue;
        }
        char letter[] = {'-', row->letter, ',', ' ', 0};
        (void)text_format(left, sizeof left, "%s--%s%s%s", row->letter != 0 ? letter : "    ", row->name,
                          row->argument != NULL ? " " : "", row->argument != NULL ? row->argument : "");
        out_format(out, "  %-27s %s", left, row->help);
        if (row->preset != NULL) {
            out_format(out, " (%s)", row->preset);
        }
        out_format(out, "\n");
    }
}
