/* Words packed into one string, by number and by text. */
#include "base/wordlist.h"

#include <string.h>

const char *wafer_word(const char *words, unsigned index)
{
    while (*words != 0 && index-- > 0) {
        words += strlen(words) + 1;
    }
    return words;
}

int wafer_word_index(const char *words, const char *text)
{
    for (int i = 0; *words != 0; i++) {
        if (strcmp(words, text) == 0) {
            return i;
        }
        words += strlen(words) + 1;
    }
    return -1;
}
