/* The table of options: its values, what is remembered of them, its help. */
#include "options.h"

#include <string.h>
#include <unistd.h>
#include "ca.h"

#define REMEMBERED       8
#define KIND_FLAG        TYPE_FLAG
#define KIND_ONCE        TYPE_TEXT
#define KIND_PATH        TYPE_PATH
#define KIND_LIST        (TYPE_LIST | REMEMBERED)
#define KIND_PATH_LIST   (TYPE_PATH_LIST | REMEMBERED)
#define KIND_KEPT        (TYPE_TEXT | REMEMBERED)
#define KIND_KEPT_PATH   (TYPE_PATH | REMEMBERED)
#define KIND_KEPT_FLAG   (TYPE_FLAG | REMEMBERED)
#define KIND_KEPT_SOLVER (TYPE_SOLVER | REMEMBERED)

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

const char *option_name(enum option_id id)
{
    return rows[id].name;
}

enum option_type option_type(enum option_id id)
{
    return (enum option_type)(rows[id].kind & ~REMEMBERED);
}

bool option_repeats(enum option_id id)
{
    enum option_type type = option_type(id);
    return type == TYPE_LIST || type == TYPE_PATH_LIST;
}

bool option_goes_with(enum option_id id, unsigned command_bit)
{
    return (rows[id].commands & command_bit) != 0;
}

const char *option_text(const struct options *options, enum option_id id)
{
    const char *text = options->value[id].text;
    return text != NULL ? text : rows[id].preset;
}

bool option_on(const struct options *options, enum option_id id)
{
    return options->value[id].text != NULL && strcmp(options->value[id].text, "yes") == 0;
}

static struct option_list *list_of(struct options *options, enum option_id id)
{
    if (id == OPTION_CA) {
        return &options->cas;
    }
    return id == OPTION_EAB_KID ? &options->eab_kids : &options->eab_key_files;
}

const char *option_set(struct options *options, enum option_id id, const char *text,
                       enum option_source source)
{
    if (options->value[id].source > source) {
        return NULL;
    }
    if (source != SOURCE_REMEMBERED && (rows[id].kind & REMEMBERED) != 0 && strchr(text, '\n') != NULL) {
        return "has an end of line in its value, which can't be kept for renewals";
    }
    if (option_repeats(id)) {
        struct option_list *list = list_of(options, id);
        list->count = options->value[id].source < source ? 0 : list->count;
        if (list->count == OPTION_LIST_MAX) {
            return "is given too often";
        }
        list->items[list->count++] = text;
    }
    options->value[id].text = text;
    options->value[id].source = (uint8_t)source;
    return NULL;
}

int option_find(const char *name)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (strcmp(rows[id].name, name) == 0) {
            return id;
        }
    }
    return -1;
}

int option_find_letter(char letter)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (letter != 0 && rows[id].letter == letter) {
            return id;
        }
    }
    return -1;
}

/* A relative path means something else at the next run: writes it absolute. */
static void put_path(struct output *out, const char *path)
{
    char here[512] = "";
    if (path[0] != '/') {
        const char *found = getcwd(here, sizeof here);
        out->failed = out->failed || found == NULL || strchr(here, '\n') != NULL;
        output_format(out, "%s/", here);
    }
    output_format(out, "%s\n", path);
}

/* Where in a value a path begins, or at the end when there is none. */
static size_t path_in(enum option_id id, const char *text)
{
    enum option_type type = option_type(id);
    if (type == TYPE_PATH_LIST) {
        return ca_prefix(text);
    }
    if (type == TYPE_SOLVER) {
        size_t how = strcspn(text, ":"); /* webroot:DIR and the like */
        return how + (text[how] != 0);
    }
    return type == TYPE_PATH ? 0 : strlen(text);
}

static void put_option(struct output *out, enum option_id id, const char *text)
{
    size_t at = path_in(id, text);
    output_format(out, "%s=%.*s", rows[id].name, (int)at, text);
    if (text[at] != 0) {
        put_path(out, text + at);
    } else {
        output_format(out, "\n");
    }
}

bool options_remember(const struct options *options, char *text, size_t size, size_t *len)
{
    struct output out = {-1, text, size, 0, false, 0}; /* lines, no string */
    for (int id = 0; id < OPTION_COUNT; id++) {
        const char *value = options->value[id].text;
        if (value == NULL || (rows[id].kind & REMEMBERED) == 0) {
            continue;
        }
        if (!option_repeats((enum option_id)id)) {
            put_option(&out, (enum option_id)id, value);
            continue;
        }
        const struct option_list *list = list_of((struct options *)options, (enum option_id)id);
        for (unsigned i = 0; i < list->count; i++) {
            put_option(&out, (enum option_id)id, list->items[i]);
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
    int id = option_find(line);
    if (id >= 0 && (rows[id].kind & REMEMBERED) != 0) {
        (void)option_set(options, (enum option_id)id, equals + 1, SOURCE_REMEMBERED);
    }
}

void options_recall(struct options *options, char *text, size_t len)
{
    char *line = text, *stop = text + len;
    for (;;) {
        char *end = memchr(line, '\n', (size_t)(stop - line));
        if (end == NULL) {
            return;
        }
        *end = 0;
        recall_line(options, line);
        line = end + 1;
    }
}

static void help_line(struct output *out, const struct option_row *row)
{
    char left[40], letter[] = {'-', row->letter, ',', ' ', 0};
    (void)text_format(left, sizeof left, "%s--%s%s%s", row->letter != 0 ? letter : "    ", row->name,
                      row->argument != NULL ? " " : "", row->argument != NULL ? row->argument : "");
    output_format(out, "  %-29s %s", left, row->help);
    if (row->preset != NULL) {
        output_format(out, " (%s)", row->preset);
    }
    output_format(out, "\n");
}

void options_help(struct output *out, unsigned command_bit)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (option_goes_with((enum option_id)id, command_bit)) {
            help_line(out, &rows[id]);
        }
    }
}
