/* Lists of words as one string, each with its NUL, an empty word at the end: no
 * pointers to keep. "one\0two\0" is such a list. */
#ifndef WAFER_WORDLIST_H
#define WAFER_WORDLIST_H

/* Word number `index`, "" past the last. */
const char *wafer_word(const char *words, unsigned index);

/* Which of the words `text` is; negative when it is none. */
int wafer_word_index(const char *words, const char *text);

#endif
