/* What the command says: notes for people on standard output, complaints on standard
 * error, JSON lines for programs. */
#ifndef TOOL_CONSOLE_H
#define TOOL_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>
#include "options.h"
#include "out.h"

/* Exit statuses; a contract. */
enum status {
    STATUS_DONE = 0,   /* done, or nothing was due */
    STATUS_FAILED = 1, /* a person must act */
    STATUS_USAGE = 2,
    STATUS_LATER = 75 /* may pass by itself: try again later */
};

/* The worse of two results of one run: a person must act before try later. */
enum status status_worse(enum status a, enum status b);

struct console {
    bool json, quiet, verbose;
    bool live;  /* standard output is a terminal: lines may be redrawn */
    bool color; /* of standard output */
    bool utf8;
    int columns; /* of the terminal */
};
extern struct console console;

void console_init(const struct options *options);

/* An error or a warning: one line on standard error, and an object with --json. */
void complain(const char *format, ...) OUT_FORMAT(1, 2);
void warn(const char *format, ...) OUT_FORMAT(1, 2);

/* The line of an error alone. */
void console_error(const char *text);

/* A line for a person on standard output; nothing with --json or --quiet. */
void note(const char *format, ...) OUT_FORMAT(1, 2);

/* The live line that progress.c draws at the bottom of a terminal: takes it away
 * before anything else is written. */
extern bool console_live_line;
void console_clear_live(void);

/* One JSON object on a line: begin, members, end. All do nothing without --json. */
void json_begin(const char *event);
void json_text(const char *key, const char *text); /* NULL: left out */
void json_number(const char *key, int64_t value);
void json_bool(const char *key, bool value);
void json_time(const char *key, int64_t seconds); /* RFC 3339; 0: left out */
void json_list(const char *key);                  /* then json_item, json_list_end */
void json_item(const char *text);
void json_list_end(void);
void json_end(void);

/* Times and durations as text. */
#define TIME_TEXT_MAX 24
const char *time_text(int64_t seconds, char text[TIME_TEXT_MAX]);     /* "2026-05-01 12:00 UTC" */
const char *duration_text(int64_t seconds, char text[TIME_TEXT_MAX]); /* "59 days", "5 hours" */

#endif
