/* The table of what to do after an error. */
#ifndef TOOL_HINTS_H
#define TOOL_HINTS_H

#include "options.h"
#include "wafer/wafer.h"

/* How the sentence about an error begins. */
enum lead {
    LEAD_STEP,   /* "order: ..." */
    LEAD_SERVER, /* "the CA at HOST: ..." */
    LEAD_ANSWER, /* "the CA at HOST, order: ..." */
    LEAD_LOCAL   /* the text alone */
};

enum lead hint_lead(int error);

/* What to do next. %n stands for the name that it is about, %h the CA's host, %s the
 * subject of the error, %t the time to wait for, %d how long that is, %c the time on this device's clock, %i the
 * URL that the CA gave, %p the profiles that it offers: `profiles`, "" when there are none, NULL when it is not known. */
const char *hint_after(const struct wafer_last *last, const struct options *options, const char *profiles);

/* Whether it may be the profile that the CA does not want. */
bool hint_is_about_profile(const struct wafer_last *last, const struct options *options);

/* The same for an error of the store or its file. */
const char *hint_for_store(int error);

#endif
