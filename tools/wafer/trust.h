/* Whose files and directories are: who else could write them could have wafer write elsewhere, or take its keys. */
#ifndef TOOL_TRUST_H
#define TOOL_TRUST_H

#include <stdbool.h>
#include "exit_status.h"

#define TRUST_PATH_SIZE 1024

/* What is at stake. */
enum trust_use {
    TRUST_READS, /* nothing is written: a warning will do */
    TRUST_WRITES
};

/* Whether a user's is as good as one's own: this user's, and root's. */
bool trust_user(unsigned user);

/* Judges an open file or directory at `path`: it must be this user's or root's, nobody else may write it, and a file has one
 * name. `place` is an open directory of the same file system: where that keeps no modes (FAT), what it shows of them is
 * only warned of. Complains, or warns, with the remedy. */
enum status trust_check(int fd, const char *path, int place, enum trust_use use);

/* Sees that nobody else may read an open file of this user's: takes the right away, and warns that there was one. */
void trust_close_to_others(int fd, const char *path);

/* Follows symbolic links at the end of a path, each of them this user's or root's, to what is none or not there yet.
 * Complains. */
enum status trust_follow(const char *path, char target[TRUST_PATH_SIZE]);

/* The directory that a path is in. */
void trust_parent(const char *path, char parent[TRUST_PATH_SIZE]);

#endif
