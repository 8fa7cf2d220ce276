/* wafer: the command. Its files from the top down; none uses one that stands above it.
 *
 *   main               the table of commands, and the help
 *   commands/          a file for each command, and for each action of `wafer store`
 *   ordering           what issue and renew share
 *   client             the library's client, CA after CA
 *   settings           options become the library's configuration and request; below it what
 *                      they name: ca, ca_file, csr_file, eab_key, challenge
 *   failure, hints     what went wrong, and what to do next
 *   progress, trace    events of an order as lines
 *   certificate        one of the store, as commands show it
 *   live, pem_files    PEM files for servers
 *   image              a flash image in the place of that
 *   state              the state directory and its store
 *   trust              whose files and directories are
 *   arguments          the command line; config_file, options: where values come from
 *   names              names that certificates are for
 *   console, json      what is said to people and to programs
 *   process            descriptors and signals, as whoever started it left them
 *   calendar, system_error, exit_status, wipe, alloc, output, character  what all of them use */
#include <errno.h>
#include <string.h>
#include "arguments.h"
#include "ca.h"
#include "commands/commands.h"
#include "console.h"
#include "json.h"
#include "process.h"
#include "system_error.h"
#include "wafer/wafer.h"

#define ANY 255

static const struct command {
    const char *name, *operands;
    enum status (*run)(const struct options *options, char *const *operands, size_t count);
    uint8_t bit, least, most; /* operands */
    const char *line;         /* for the list */
    const char *help;         /* paragraphs and examples */
    bool shows;               /* its output is what it is for */
} commands[] = {
    {"issue", "NAME...", command_issue, C_ISSUE, 0, ANY,
     "get a certificate for the names; the first one names it",
     "Gets one certificate for all the names and keeps it in the store and in\n"
     "DIR/live/NAME/, NAME being the first. When a certificate for the same names is\n"
     "there and not due, nothing is done. An order that was cut off goes on. Each order takes\n"
     "five minutes at most, and the next run goes on with it.\n"
     "\n"
     "  wafer issue example.org www.example.org --agree-tos --email me@example.org\n"
     "  wafer issue example.org --solver webroot:/var/www/html\n"
     "  wafer issue --csr request.pem\n"
     "  wafer issue printer.lan --ca https://ca.lan/acme/directory --ca-file root.pem\n",
     false},
    {"renew", "[NAME...]", command_renew, C_RENEW, 0, ANY, "renew the certificates that are due; for cron",
     "Renews each certificate, or those named, with the options that it was issued with, and\n"
     "goes on with those that were asked for and are not issued yet. Options given now\n"
     "override the old ones and are kept. One is due when a third of its lifetime is left,\n"
     "half of one below ten days. After a failure wafer waits 1, 10, 100 minutes, then a\n"
     "day. Run it every hour or so:\n"
     "\n"
     "  17 * * * *  wafer renew -q\n",
     false},
    {"status", "[NAME...]", command_status, C_STATUS, 0, ANY, "show the certificates and when they are due",
     "Shows each certificate, or those named: its names, CA, end, and when its renewal is\n"
     "due. Changes nothing.\n",
     true},
    {"export", "NAME...", command_export, C_EXPORT, 1, ANY, "write the PEM files of a certificate again",
     "Writes privkey.pem, cert.pem, chain.pem and fullchain.pem to DIR/live/NAME/ if they are\n"
     "not what the store holds. issue and renew do the same by themselves.\n",
     false},
    {"remove", "NAME...", command_remove, C_REMOVE, 1, ANY, "forget a certificate, with its key",
     "Removes a certificate from the store: its key, chain, options and orders under way. It\n"
     "is renewed no more. Servers may still use its files in DIR/live/NAME/, which stay without\n"
     "--live. It is not revoked: the CA hears nothing of it.\n",
     false},
    {"store", "dump|check|format", command_store, C_STORE, 0, 2, "look at the store, or make an empty one",
     "dump [IMAGE]    prints every record, old ones too, but no secrets\n"
     "check [IMAGE]   reads all, and sees that each certificate fits its key\n"
     "format          makes an empty store; with --force over one in use\n"
     "\n"
     "IMAGE is a flash image read from a device; without it the store in DIR is meant.\n",
     true},
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void help_files(struct output *out)
{
    output_format(out, "\nFiles\n"
                       "  DIR/store            the store: accounts, keys, certificates, orders under way\n"
                       "  DIR/live/NAME/       privkey.pem, cert.pem, chain.pem, fullchain.pem\n"
                       "\nExit status\n"
                       "  0 done, or nothing was due    1 failed, a person must act\n"
                       "  2 wrong use                   3 with --exit-code: nothing was issued\n"
                       "  75 may pass by itself, try again later\n");
}

static void help_command(struct output *out, const struct command *command)
{
    output_format(out, "wafer %s %s [options]\n\n", command->name, command->operands);
    output_bytes(out, command->help, strlen(command->help));
    output_format(out, "\nOptions\n");
    options_help(out, command->bit);
}

static void help_all(struct output *out)
{
    output_format(out, "wafer: gets, keeps and renews TLS certificates from any ACME CA\n\n"
                       "wafer COMMAND [options]\n\nCommands\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char left[40];
        (void)text_format(left, sizeof left, "%s %s", commands[i].name, commands[i].operands);
        output_format(out, "  %-25s %s\n", left, commands[i].line);
    }
    output_format(out, "\nOptions (`wafer COMMAND --help` shows which go with a command)\n");
    options_help(out, C_ALL);
    output_format(out, "\nCAs known by name\n  ");
    ca_list_names(out);
    output_format(out, "\n");
    help_files(out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static void complain_command(const char *name)
{
    char list[120];
    struct output out = output_to_memory(list, sizeof list);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        output_format(&out, "%s%s", i > 0 ? ", " : "", commands[i].name);
    }
    (void)output_string(&out);
    if (name == NULL) {
        complain("a command is missing: one of %s; `wafer --help` tells more", list);
    } else {
        complain("%s: there is no such command; there are %s", name, list);
    }
}

static enum status run(const struct command *command, const struct options *options, char *const *operands,
                       size_t count)
{
    if (!arguments_fit(options, command->bit, command->name)) {
        return STATUS_USAGE;
    }
    if (count < command->least || count > command->most) {
        complain("%s %s: `wafer %s --help` tells more", command->name,
                 count < command->least ? "needs a NAME" : "takes fewer operands", command->name);
        return STATUS_USAGE;
    }
    return command->run(options, operands, count);
}

/* What is asked for in the place of a command. Returns whether it was. */
static bool tell_version_or_help(const struct options *options, const char *name)
{
    struct output *out = &standard_output;
    const struct command *command = name != NULL ? find_command(name) : NULL;
    if (option_on(options, OPTION_VERSION)) {
        output_format(out, "wafer " WAFER_VERSION "\n");
    } else if (!option_on(options, OPTION_HELP)) {
        return false;
    } else if (command != NULL) {
        help_command(out, command);
    } else if (name == NULL) {
        help_all(out);
    } else {
        return false; /* help for a command that there is not */
    }
    return true;
}

/* What is asked for its output alone has failed when nobody gets that. A reader that has seen enough need not be told. */
static enum status deliver(enum status status, bool shows)
{
    output_flush(&standard_output);
    if (!shows || !standard_output.failed) {
        return status;
    }
    if (standard_output.os_error != EPIPE) {
        complain("cannot write to standard output: %s", system_error_text(standard_output.os_error));
    }
    return status_worse(status, STATUS_FAILED);
}

static void set_up_console(const struct options *options)
{
    if (option_on(options, OPTION_JSON)) {
        json_enable();
    }
    console_init((struct console_flags){
        .quiet = option_on(options, OPTION_QUIET),
        .verbose = option_on(options, OPTION_VERBOSE),
    });
}

int main(int argc, char **argv)
{
    static struct options options;
    char **list = argv + (argc > 0);
    if (!process_begin()) {
        return STATUS_FAILED; /* there is nobody to tell */
    }
    int count = arguments_parse(&options, argc - (argc > 0), list);
    if (count < 0) {
        return STATUS_USAGE;
    }
    set_up_console(&options);
    const char *name = count > 0 ? list[0] : NULL;
    if (tell_version_or_help(&options, name)) {
        return (int)deliver(STATUS_DONE, true);
    }
    const struct command *command = name != NULL ? find_command(name) : NULL;
    if (command == NULL) {
        complain_command(name);
        return STATUS_USAGE;
    }
    enum status status = run(command, &options, list + 1, (size_t)count - 1);
    return (int)deliver(status, command->shows);
}
