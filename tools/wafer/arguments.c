/* Takes the command line apart: options go to the table, operands to the front. */
#include "arguments.h"

#include <string.h>
#include "config_file.h"
#include "console.h"

struct arguments {
    int count, next;
    char **list;
};

/* Takes one option: `attached` is a value in the same argument, or NULL. */
static bool take_flag(struct options *options, struct arguments *arguments, enum option_id id,
                      const char *attached)
{
    const char *value = "yes", *fault = NULL;
    if (option_type(id) == TYPE_FLAG) {
        fault = attached != NULL ? "takes no value" : NULL;
    } else if (attached != NULL || arguments->next < arguments->count) {
        value = attached != NULL ? attached : arguments->list[arguments->next++];
        fault = value[0] == 0 ? "has an empty value" : NULL;
    } else {
        fault = "needs a value";
    }
    if (fault == NULL) {
        fault = option_set(options, id, value, SOURCE_FLAG);
    }
    if (fault != NULL) {
        complain("--%s %s; `wafer --help` shows how it is used", option_name(id), fault);
    }
    return fault == NULL;
}

/* "--name", "--name=value" */
static bool take_long(struct options *options, struct arguments *arguments, const char *text)
{
    char name[32];
    size_t len = strcspn(text, "=");
    bool fits = text_format(name, sizeof name, "%.*s", (int)len, text);
    int id = fits ? option_find(name) : -1;
    if (id < 0) {
        complain("--%s is no option; `wafer --help` lists them", text);
        return false;
    }
    return take_flag(options, arguments, (enum option_id)id, text[len] != 0 ? text + len + 1 : NULL);
}

/* "-q", "-qv", "-dDIR", "-d DIR" */
static bool take_short(struct options *options, struct arguments *arguments, const char *text)
{
    bool good = true;
    while (*text != 0 && good) {
        int id = option_find_letter(*text++);
        if (id < 0) {
            complain("-%c is no option; `wafer --help` lists them", text[-1]);
            return false;
        }
        bool attached = option_type((enum option_id)id) != TYPE_FLAG && *text != 0;
        good = take_flag(options, arguments, (enum option_id)id, attached ? text : NULL);
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

int arguments_parse(struct options *options, int count, char **list)
{
    struct arguments arguments = {count, 0, list};
    *options = (struct options){.cas.count = 0};
    int operands = take_flags(options, &arguments);
    const char *config = option_text(options, OPTION_CONFIG);
    if (operands < 0 || config == NULL || option_on(options, OPTION_HELP)) {
        return operands;
    }
    return config_file_read(options, config) ? operands : -1;
}

bool arguments_fit(const struct options *options, unsigned command_bit, const char *command)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (options->value[id].source == SOURCE_FLAG && !option_goes_with((enum option_id)id, command_bit)) {
            complain("--%s does not go with %s; `wafer %s --help` lists what does",
                     option_name((enum option_id)id), command, command);
            return false;
        }
    }
    return true;
}
