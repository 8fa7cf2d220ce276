/* Which texts can be ordered as DNS identifiers, and what is wrong with the others. */
#include "base/name.h"
#include <stdbool.h>
#include <string.h>
#include "wafer/ip.h"
#include "base/text.h"
#include "base/url.h"

/* What is wrong with one octet of a name, apart from "." and "*". */
static enum wafer_name_fault check_octet(char c)
{
    if ((uint8_t)c >= 0x80) {
        return WAFER_NAME_NOT_ASCII;
    }
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
        return WAFER_NAME_SPACE;
    }
    if (c == '_') {
        return WAFER_NAME_UNDERSCORE;
    }
    return wafer_is_alnum(c) || c == '-' ? WAFER_NAME_OK : WAFER_NAME_CHARACTER;
}

static enum wafer_name_fault check_label(const char *label, size_t len)
{
    if (len == 0) {
        return WAFER_NAME_EMPTY_LABEL;
    }
    if (len > 63) {
        return WAFER_NAME_LONG_LABEL;
    }
    return label[0] == '-' || label[len - 1] == '-' ? WAFER_NAME_HYPHEN : WAFER_NAME_OK;
}

enum wafer_name_fault wafer_name_check_dns(const char *name)
{
    size_t len = strlen(name);
    const char *label = name;
    bool numeric = true; /* the label, so far */

    if (len == 0) {
        return WAFER_NAME_EMPTY;
    }
    if (len >= WAFER_HOST_MAX) {
        return WAFER_NAME_TOO_LONG;
    }
    for (const char *at = name;; at++) {
        enum wafer_name_fault fault;
        if (*at == '*') {
            fault = at == name && at[1] == '.' ? WAFER_NAME_OK : WAFER_NAME_WILDCARD;
        } else if (*at != '.' && *at != 0) {
            fault = check_octet(*at);
            numeric = numeric && wafer_is_digit(*at);
        } else {
            fault = check_label(label, (size_t)(at - label));
            if (fault == WAFER_NAME_OK && *at == 0) {
                return numeric ? WAFER_NAME_NUMERIC : WAFER_NAME_OK;
            }
            label = at + 1;
            numeric = true;
        }
        if (fault != WAFER_NAME_OK) {
            return fault;
        }
    }
}

size_t wafer_name_address(wafer_ip_reader ip, const char *name, uint8_t address[16])
{
    if (ip == NULL) {
        return 0;
    }
    int rc = ip(name, strlen(name), address);
    return rc < 0 ? 0 : (size_t)rc;
}

enum wafer_name_fault wafer_name_check(const char *name)
{
    uint8_t address[16];
    return wafer_name_address(wafer_ip_parse, name, address) > 0 ? WAFER_NAME_IP : wafer_name_check_dns(name);
}
