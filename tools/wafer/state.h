/* The state directory: store and live/. */
#ifndef TOOL_STATE_H
#define TOOL_STATE_H

#include "exit_status.h"
#include "flash_file.h"
#include "options.h"
#include "wafer/wafer.h"

struct state {
    const char *path; /* of the directory */
    char store_path[512];
    int fd;     /* the directory, -1: not open */
    bool empty; /* there is no store yet, and none is made */
    struct wafer_flash_file file;
    struct wafer_store store;
};

/* How a command uses the state. */
enum state_use {
    STATE_READ,  /* changes nothing; a missing directory or store reads as empty, and one
                    that another wafer writes to is read all the same */
    STATE_CHANGE, /* a missing directory or store reads as empty, too; nobody else may have it */
    STATE_WRITE,  /* the same, and makes what is missing */
    STATE_RAW     /* the same for format: does not mount */
};

/* Opens, locks and mounts. Directory and store may be symbolic links, and must be this user's or root's (trust.h); a reader
 * is only warned. Complains, with what to do next. Returns STATUS_DONE or the exit
 * status. One state is open at a time; the process's end closes and wipes
 * it, so it must be static. */
enum status state_open(struct state *state, const char *path, enum state_use use);

/* The same for those who look for what is there. Complains also when the options name a directory that is missing. */
enum status state_open_present(struct state *state, const struct options *options, enum state_use use);

/* Complains that what is open cannot be mounted. */
enum status state_complain_mount(const struct state *state, int error);

#endif
