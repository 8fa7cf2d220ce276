/* Where the files of one certificate are: live/NAME is a symbolic link to a directory of wafer's beside it, so that one rename
 * changes all files; on a file system without symbolic links it is that directory. What else is in it is not wafer's: it
 * stays below live/NAME. */
#ifndef TOOL_LIVE_PLACE_H
#define TOOL_LIVE_PLACE_H

#include "pem_files.h"

struct live_place {
    int live;          /* the open directory live/ */
    const char *name;  /* in it */
    char letter;       /* of the directory that the link leads to; 0: to none of wafer's */
    bool is_directory; /* no link, but the directory itself */
    bool is_foreign;   /* nor that: something else has the name */
};

/* Looks what is there now. `name` must stay. */
void live_place_find(struct live_place *place, int live, const char *name);

/* Opens the directory with the present files. Returns it, or -1 with errno. */
int live_place_open(const struct live_place *place);

/* Whether symbolic links can be made: it is tried. */
bool live_place_has_links(const struct live_place *place);

/* Writes the files and puts them in the place of the present ones. Returns 0, WAFER_E_FLASH (errno tells more; EEXIST: something
 * else has the name), or an error of the store. Once the new files have their place nothing is removed after an error. */
int live_place_write(const struct live_place *place, const struct pem_source *source);

/* Takes away what earlier runs have left beside the present directory; what is not wafer's moves into that. */
void live_place_tidy(const struct live_place *place, const struct pem_source *source);

/* Removes the files, and the name when nothing else is in it. Returns 0, 1 when something is, or -1 with errno. */
int live_place_remove(const struct live_place *place, const struct pem_source *source);

#endif
