/* A Link header taken apart: which of its targets is an alternate. */
#include "net/http_link.h"
#include <string.h>

/* Whether a list with blanks between has a word. */
static bool list_has(char *list, const char *word)
{
    char stop, *item;

    do {
        stop = wafer_http_cut(&list, " ", &item);
        if (wafer_http_is(item, word)) {
            return true;
        }
    } while (stop != '\0');
    return false;
}

/* What follows the ";" of a link-param (RFC 8288 3): name [ "=" ( token / quoted-string ) ].
 * Returns the character after it. */
static char take_parameter(char **at, char **name, char **value)
{
    char *rest, stop = wafer_http_cut(at, "=;,", name);

    *value = *name + strlen(*name);
    if (stop != '=') {
        return stop;
    }
    *at += strspn(*at, " \t");
    if (**at != '"') {
        return wafer_http_cut(at, ";,", value);
    }
    *value = ++*at;
    while (**at != '\0' && **at != '"') {
        *at += **at == '\\' && (*at)[1] != '\0' ? 2 : 1;
    }
    if (**at != '\0') {
        *(*at)++ = '\0';
    }
    return wafer_http_cut(at, ";,", &rest);
}

/* Link (RFC 8288 3): a list of <target>;parameters. Only the first rel of a link counts (3.3). */
void wafer_http_link_alternate(struct wafer_http_header *header, char *value)
{
    char stop, *target, *name, *argument;

    while (wafer_http_cut(&value, "<", &name) != '\0' && wafer_http_cut(&value, ">", &target) != '\0') {
        bool rel = false, alternate = false;

        stop = wafer_http_cut(&value, ";,", &name);
        while (stop == ';') {
            stop = take_parameter(&value, &name, &argument);
            if (!rel && wafer_http_is(name, "rel")) {
                rel = true;
                alternate = list_has(argument, "alternate");
            }
        }
        if (alternate && header->alternate-- == 0) {
            header->linked = true;
            wafer_http_locate(header, target);
            return;
        }
    }
}
