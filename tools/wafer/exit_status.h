/* Exit statuses; a contract. */
#ifndef TOOL_EXIT_STATUS_H
#define TOOL_EXIT_STATUS_H

enum status {
    STATUS_DONE = 0,   /* done, or nothing was due */
    STATUS_FAILED = 1, /* a person must act */
    STATUS_USAGE = 2,
    STATUS_NOTHING = 3, /* with --exit-code: done, and no file in live/ is another */
    STATUS_LATER = 75 /* may pass by itself: try again later */
};

/* The worse of two results of one run: a person must act before try later. */
enum status status_worse(enum status a, enum status b);

#endif
