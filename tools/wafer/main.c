#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include "cas.h"
#include "commands.h"
#include "wafer/wafer.h"

#define ANY 255

static const struct command {
    const char *name, *operands;
    enum status (*run)(const struct options *options, char *const *operands, size_t count);
    uint8_t bit, least, most; /* operands */
    const char *line;         /* for the list */
    const char *help;         /* paragraphs and examples */
} commands[] = {
    {"issue", "NAME...", command_issue, C_ISSUE, 0, ANY,
     "get a certificate for the names; the first one names it",
     "Gets one certificate for all the names and keeps it in the store and in\n"
     "DIR/live/NAME/, NAME being the first. When a certificate for the same names is\n"
     "there and not due, nothing is done. An order that was cut off goes on.\n"
     "\n"
     "  wafer issue example.org www.example.org --agree-tos --email me@example.org\n"
     "  wafer issue example.org --solver webroot:/var/www/html\n"
     "  wafer issue --csr request.pem\n"
     "  wafer issue printer.lan --ca https://ca.lan/acme/directory --ca-file root.pem\n"},
    {"renew", "[NAME...]", command_renew, C_RENEW, 0, ANY, "renew the certificates that are due; for cron",
     "Renews each certificate, or those named, with the options that it was issued with;\n"
     "options given now override them. One is due when a third of its lifetime is left,\n"
     "half of one below ten days. After a failure wafer waits 1, 10, 100 minutes, then a\n"
     "day. Run it every hour or so:\n"
     "\n"
     "  17 * * * *  wafer renew -q\n"},
    {"status", "[NAME...]", command_status, C_STATUS, 0, ANY, "show the certificates and when they are due",
     "Shows each certificate, or those named: its names, CA, end, and when its renewal is\n"
     "due. Changes nothing.\n"},
    {"export", "NAME...", command_export, C_EXPORT, 1, ANY, "write the PEM files of a certificate again",
     "Writes privkey.pem, cert.pem, chain.pem and fullchain.pem to DIR/live/NAME/ if they are\n"
     "not what the store holds. issue and renew do the same by themselves.\n"},
    {"store", "dump|check|format", command_store, C_STORE, 0, 2, "look at the store, or make an empty one",
     "dump [IMAGE]    prints every record, old ones too, but no secrets\n"
     "check [IMAGE]   reads all, and sees that each certificate fits its key\n"
     "format          makes an empty store; with --force over one in use\n"
     "\n"
     "IMAGE is a flash image read from a device; without it the store in DIR is meant.\n"},
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void help_files(struct out *out)
{
    out_format(out, "\nFiles\n"
                    "  DIR/store            the store: accounts, keys, certificates, orders under way\n"
                    "  DIR/live/NAME/       privkey.pem, cert.pem, chain.pem, fullchain.pem\n"
                    "\nExit status\n"
                    "  0 done, or nothing was due    1 failed, a person must act\n"
                    "  2 wrong use                   75 may pass by itself, try again later\n");
}

static void help(const struct command *command)
{
    struct out *out = &out_stdout;
    if (command != NULL) {
        out_format(out, "wafer %s %s [options]\n\n", command->name, command->operands);
        out_bytes(out, command->help, strlen(command->help));
        out_format(out, "\nOptions\n");
        options_help(out, command->bit);
    } else {
        out_format(out, "wafer: gets, keeps and renews TLS certificates from any ACME CA\n\n"
                        "wafer COMMAND [options]\n\nCommands\n");
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
            char left[40];
            (void)text_format(left, sizeof left, "%s %s", commands[i].name, commands[i].operands);
            out_format(out, "  %-25s %s\n", left, commands[i].line);
        }
        out_format(out, "\nOptions (`wafer COMMAND --help` shows which go with a command)\n");
        options_help(out, C_ALL);
        out_format(out, "\nCAs known by name\n  ");
        ca_list_names(out);
        out_format(out, "\n");
        help_files(out);
    }
    out_flush(out);
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
    struct out out = {-1, list, sizeof list - 1, 0, false};
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        out_format(&out, "%s%s", i > 0 ? ", " : "", commands[i].name);
    }
    list[out.len] = 0;
    if (name == NULL) {
        complain("a command is missing: one of %s; `wafer --help` tells more", list);
    } else {
        complain("%s: there is no such command; there are %s", name, list);
    }
}

static enum status run(const struct command *command, const struct options *options, char *const *operands,
                       size_t count)
{
    if (!options_fit(options, command->bit, command->name)) {
        return STATUS_USAGE;
    }
    if (count < command->least || count > command->most) {
        complain("%s %s: `wafer %s --help` tells more", command->name,
                 count < command->least ? "needs a NAME" : "takes fewer operands", command->name);
        return STATUS_USAGE;
    }
    return command->run(options, operands, count);
}

int main(int argc, char **argv)
{
    static struct options options;
    char **list = argv + (argc > 0);
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    int count = options_parse(&options, argc - (argc > 0), list);
    if (count < 0) {
        return STATUS_USAGE;
    }
    console_init(&options);
    const struct command *command = count > 0 ? find_command(list[0]) : NULL;
    if (option_on(&options, OPTION_VERSION)) {
        out_format(&out_stdout, "wafer " WAFER_VERSION "\n");
        out_flush(&out_stdout);
        return STATUS_DONE;
    }
    if (option_on(&options, OPTION_HELP) && (count == 0 || command != NULL)) {
        help(command);
        return STATUS_DONE;
    }
    if (command == NULL) {
        complain_command(count > 0 ? list[0] : NULL);
        return STATUS_USAGE;
    }
    enum status status = run(command, &options, list + 1, (size_t)count - 1);
    out_flush(&out_stdout);
    return (int)status;
}
