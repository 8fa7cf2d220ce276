/* The version of these headers, as numbers for #if and as text, and that of the library. */
#ifndef WAFER_VERSION_H
#define WAFER_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define WAFER_VERSION_MAJOR 0
#define WAFER_VERSION_MINOR 1
#define WAFER_VERSION_PATCH 0

/* For comparisons: 1.2.3 is 10203. */
#define WAFER_VERSION_NUMBER (WAFER_VERSION_MAJOR * 10000 + WAFER_VERSION_MINOR * 100 + WAFER_VERSION_PATCH)

#define WAFER_VERSION_QUOTE_(x) #x
#define WAFER_VERSION_TEXT_(major, minor, patch) \
    WAFER_VERSION_QUOTE_(major) "." WAFER_VERSION_QUOTE_(minor) "." WAFER_VERSION_QUOTE_(patch)
#define WAFER_VERSION WAFER_VERSION_TEXT_(WAFER_VERSION_MAJOR, WAFER_VERSION_MINOR, WAFER_VERSION_PATCH)

/* The WAFER_VERSION that the library was compiled with, such as "1.2.3"; static memory. May be
 * called from any thread at any time. */
const char *wafer_version(void);

#ifdef __cplusplus
}
#endif

#endif
