/* Those that opening, reading and writing files meet, with what to do: libc's table of all texts is 2 kB. */
#include "system_error.h"

#include <errno.h>
#include <stddef.h>
#include "output.h"

#define OWNER   "run wafer as the user who owns it, or name another directory with --state"
#define ROOM    "make room there, or name a directory elsewhere with --state"
#define DISK    "check the disk, or name a directory elsewhere with --state"
#define LOCKS   "its file system locks no files: name a directory on a local one with --state"
#define SHORTER "use a shorter path"
#define WAY     "move away what stands there, or name another directory with --state"

static const struct {
    int number;
    const char *text, *remedy;
} texts[] = {
    {EPERM, "Operation not permitted", OWNER},
    {ENOENT, "No such file or directory", "make the directory that is missing, or name another with --state"},
    {EIO, "Input/output error", DISK},
    {ENOMEM, "Cannot allocate memory", "end some other program, and try again"},
    {EACCES, "Permission denied", OWNER},
    {EEXIST, "File exists", WAY},
    {ENOTDIR, "Not a directory", WAY},
    {EISDIR, "Is a directory", WAY},
    {EINVAL, "Invalid argument", DISK},
    {ENFILE, "Too many open files in system", "end some other program, and try again"},
    {EMFILE, "Too many open files", "allow more of them (`ulimit -n`), 20 at least"},
    {EFBIG, "File too large", "allow larger files (`ulimit -f`), 1 MiB at least"},
    {ENOSPC, "No space left on device", ROOM},
    {EROFS, "Read-only file system",
     "mount it so that it can be written, or name a directory elsewhere with --state"},
    {ENAMETOOLONG, "File name too long", SHORTER},
    {ENOLCK, "No locks available", LOCKS},
    {ENOSYS, "Function not implemented", LOCKS},
    {ENOTEMPTY, "Directory not empty", WAY},
    {ELOOP, "Too many levels of symbolic links", "see where they lead (`namei -l`), and mend that"},
    {EOPNOTSUPP, "Operation not supported", LOCKS},
    {EDQUOT, "Disk quota exceeded", ROOM},
};

const char *system_error_text(int number)
{
    static char other[32];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].number == number) {
            return texts[i].text;
        }
    }
    (void)text_format(other, sizeof other, "system error %d", number);
    return other;
}

const char *system_error_remedy(int number)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].number == number) {
            return texts[i].remedy;
        }
    }
    return DISK;
}
