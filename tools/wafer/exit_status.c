/* Which of two exit statuses counts. */
#include "exit_status.h"

#include <stddef.h>

enum status status_worse(enum status a, enum status b)
{
    static const enum status worst_first[] = {STATUS_FAILED, STATUS_LATER, STATUS_USAGE};
    for (size_t i = 0; i < sizeof worst_first / sizeof *worst_first; i++) {
        if (a == worst_first[i] || b == worst_first[i]) {
            return worst_first[i];
        }
    }
    return STATUS_DONE;
}
