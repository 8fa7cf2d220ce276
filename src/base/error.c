/* The texts and names of errors. */
#include "wafer/error.h"
#include "base/wordlist.h"

/* In the order of the values. */
#define TEXT(name, value, kind, text) text "\0"
#define NAME(name, value, kind, text) #name "\0"
static const char texts[] = WAFER_ERRORS(TEXT);
static const char names[] = WAFER_ERRORS(NAME);

/* A row that is not at the place of its value breaks the build here. */
enum row {
#define ROW(name, value, kind, text) ROW_##name,
    WAFER_ERRORS(ROW)
};
#define IN_PLACE(name, value, kind, text) &&ROW_##name + 1 == -(value)
typedef char rows_are_in_order[1 WAFER_ERRORS(IN_PLACE) ? 1 : -1];

static const char *word_of(const char *packed, int error, const char *other)
{
    const char *found = error < 0 ? wafer_word(packed, (unsigned)-(error + 1)) : "";
    return *found != 0 ? found : other;
}

const char *wafer_error_text(int error)
{
    return word_of(texts, error, "unknown error");
}

const char *wafer_error_name(int error)
{
    return word_of(names, error, "UNKNOWN");
}
