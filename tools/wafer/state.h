/* The state directory: lock, store, live/. */
#ifndef TOOL_STATE_H
#define TOOL_STATE_H

#include "console.h"
#include "flash_file.h"
#include "wafer/wafer.h"

struct state {
    const char *path;   /* of the directory */
    char store_path[512];
    int fd;             /* the directory, locked; -1: not open */
    bool empty;         /* reading, and there is no store yet */
    struct wafer_flash flash;
    struct wafer_flash_file file;
    struct wafer_store store;
};

/* How a command uses the state. */
enum state_use {
    STATE_READ,  /* a missing directory or store reads as empty */
    STATE_WRITE, /* makes them */
    STATE_RAW    /* opens the file for format: does not mount */
};

/* Opens, locks and mounts. Complains, with what to do next. Returns STATUS_DONE or the
 * exit status. Only one state is open at a time; it is closed by the process's end. */
enum status state_open(struct state *state, const char *path, enum state_use use);

#endif
