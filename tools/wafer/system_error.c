/* Those texts that opening, reading and writing files meet: libc's table of all is 2 kB. */
#include "system_error.h"

#include <errno.h>
#include <stddef.h>
#include "output.h"

static const struct {
    int number;
    const char *text;
} texts[] = {
    {EPERM, "Operation not permitted"},
    {ENOENT, "No such file or directory"},
    {EIO, "Input/output error"},
    {ENOMEM, "Cannot allocate memory"},
    {EACCES, "Permission denied"},
    {EEXIST, "File exists"},
    {ENOTDIR, "Not a directory"},
    {EISDIR, "Is a directory"},
    {EINVAL, "Invalid argument"},
    {EMFILE, "Too many open files"},
    {EFBIG, "File too large"},
    {ENOSPC, "No space left on device"},
    {EROFS, "Read-only file system"},
    {ENAMETOOLONG, "File name too long"},
    {ELOOP, "Too many levels of symbolic links"},
    {EDQUOT, "Disk quota exceeded"},
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
