/* One place that has the texts of the steps. */
#include "steps.h"

const char *step_text(enum wafer_step step)
{
    static const char *const texts[] = {
#define STEP_TEXT(name, text) text,
        WAFER_STEPS(STEP_TEXT)
#undef STEP_TEXT
    };
    return texts[step];
}
