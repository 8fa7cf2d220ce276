/* The console: where notes, warnings and errors go, and how the terminal is. */
#include "console.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "json.h"

struct console console;
bool console_live_line;

/* What the locale says, without loading it: LC_ALL, LC_CTYPE and LANG in this order. */
static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != 0) {
            return text_contains(value, "UTF-8") || text_contains(value, "utf8") ||
                   text_contains(value, "utf-8");
        }
    }
    return false;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] != 0;
}

static int terminal_columns(void)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20;
    return known ? size.ws_col : 80;
}

void console_init(struct console_flags flags)
{
    const char *term = getenv("TERM");
    bool terminal = isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
    console.quiet = flags.quiet;
    console.verbose = flags.verbose;
    console.live = terminal && !json_enabled() && !flags.quiet && !flags.verbose;
    console.color = terminal && !is_set("NO_COLOR");
    console.utf8 = locale_is_utf8();
    console.columns = terminal ? terminal_columns() : 80;
}

bool console_has_reader(void)
{
    return !json_enabled() && !console.quiet;
}

void console_clear_live(void)
{
    if (console_live_line) {
        console_live_line = false;
        output_format(&standard_output, "\r\033[K");
        output_flush(&standard_output);
    }
}

static void put_error(const char *mark, const char *text)
{
    console_clear_live();
    output_flush(&standard_output);
    output_format(&standard_error, "wafer: %s%s\n", mark, text);
    output_flush(&standard_error);
}

void console_error(const char *text)
{
    put_error("", text);
}

static void speak(const char *event, const char *mark, const char *format, va_list args)
{
    char text[1024];
    struct output memory = output_to_memory(text, sizeof text);
    output_vformat(&memory, format, args);
    (void)output_string(&memory);
    put_error(mark, text);
    json_begin(event);
    json_text("text", text);
    json_end();
}

void complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    speak("error", "", format, args);
    va_end(args);
}

void warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    speak("warning", "warning: ", format, args);
    va_end(args);
}

void note(const char *format, ...)
{
    va_list args;
    if (!console_has_reader()) {
        return;
    }
    console_clear_live();
    va_start(args, format);
    output_vformat(&standard_output, format, args);
    va_end(args);
    output_format(&standard_output, "\n");
    output_flush(&standard_output);
}
