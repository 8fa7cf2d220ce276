/* The names given on the command line. */
#ifndef TOOL_NAMES_H
#define TOOL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include "wafer/certificate.h"

#define NAME_SIZE 254 /* longest DNS name and its NUL */
#define NAMES_MAX 100

struct names {
    size_t count;
    const char *list[NAMES_MAX];
    char text[NAMES_MAX][NAME_SIZE];
};

/* Checks the names, writes them in lower case (IPv6 as RFC 5952) and drops repetitions. Complains about
 * the first bad one. Returns whether all are good. */
bool names_take(struct names *names, char *const *arguments, size_t count);

/* Reads name number `index` of a certificate in a store, and checks it like one that is given, for it becomes a part of
 * paths: whoever wrote the store may have written anything. Returns its length, WAFER_E_DAMAGED, WAFER_E_NOT_FOUND past
 * the last, or an error of the store. */
int names_read(struct wafer_store *store, const struct wafer_certificate *certificate, unsigned index,
               char name[NAME_SIZE]);

/* Whether both hold the same names, in any order. */
bool names_equal(const struct names *a, const struct names *b);

/* Adds one as it is; false when there is no room. */
bool names_add(struct names *names, const char *name);

bool names_has(const struct names *names, const char *name);
void names_copy(struct names *to, const struct names *from);

#endif
