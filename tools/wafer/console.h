/* What the command says to people: notes on standard output, complaints on standard
 * error; with --json complaints are objects, too. */
#ifndef TOOL_CONSOLE_H
#define TOOL_CONSOLE_H

#include <stdbool.h>
#include "output.h"

struct console {
    bool quiet, verbose;
    bool live;  /* standard output is a terminal: lines may be redrawn */
    bool color; /* of standard output */
    bool utf8;
    int columns; /* of the terminal */
};
extern struct console console;

/* Looks at the terminal and at the locale. Comes before all below, behind json_enable. */
struct console_flags {
    bool quiet, verbose;
};
void console_init(struct console_flags flags);

/* An error or a warning: one line on standard error, and an object with --json. */
void complain(const char *format, ...) OUTPUT_FORMAT(1, 2);
void warn(const char *format, ...) OUTPUT_FORMAT(1, 2);

/* The line of an error alone. */
void console_error(const char *text);

/* Whether a person reads standard output: neither --json nor --quiet. */
bool console_has_reader(void);

/* A line for a person on standard output. */
void note(const char *format, ...) OUTPUT_FORMAT(1, 2);

/* The live line that progress.c draws at the bottom of a terminal: takes it away
 * before anything else is written. */
extern bool console_live_line;
void console_clear_live(void);

#endif
