/* Text output: a small formatter over file descriptors and memory. The command
 * needs no stdio, which keeps the static build small. */
#ifndef TOOL_OUTPUT_H
#define TOOL_OUTPUT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#define OUTPUT_FORMAT(at, first) __attribute__((format(printf, at, first)))
#else
#define OUTPUT_FORMAT(at, first)
#endif

/* Where text goes: a file descriptor with a buffer, or (fd -1) memory alone. */
struct output {
    int fd;
    char *data;
    size_t size, len;
    bool failed;  /* a write failed, or the memory is too small */
    int os_error; /* why a write failed */
};

extern struct output standard_output, standard_error;

/* Waits until a file descriptor takes what is written; returns false when that is not worth it any more. NULL: each write
 * waits for as long as it likes. */
extern bool (*output_await)(int descriptor);

/* An output to memory that keeps room for a NUL. size > 0. */
struct output output_to_memory(char *text, size_t size);

/* What the memory holds, as a string. */
const char *output_string(struct output *out);

/* Directives: %s %c %d %u %x with l, ll, z, the flags - and 0, width and, for %s,
 * precision (both also as *), and %%. To a file descriptor, control characters in the argument
 * of %s come out as "?", so that no CA can write escape sequences to a terminal. */
void output_format(struct output *out, const char *format, ...) OUTPUT_FORMAT(2, 3);
void output_vformat(struct output *out, const char *format, va_list args) OUTPUT_FORMAT(2, 0);
void output_bytes(struct output *out, const char *data, size_t len);
void output_flush(struct output *out);

/* Formats into an array, always with a NUL. Returns whether all of it fitted. */
bool text_format(char *text, size_t size, const char *format, ...) OUTPUT_FORMAT(3, 4);

/* Whether one text is within another (strstr is large). */
bool text_contains(const char *text, const char *part);

/* Columns that UTF-8 text takes on a terminal, roughly: its characters. */
size_t text_columns(const char *text);

#endif
