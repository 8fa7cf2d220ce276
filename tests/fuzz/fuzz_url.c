/* Any text as a URL, a reference, an address and a name. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "guard.h"
#include "base/url.h"
#include "wafer/name.h"
#include "wafer/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth) {
        abort();
    }
}

static void check_url(const char *text, size_t len)
{
    static const char base[] = "https://ca.example:8443/directory";
    char *copy = malloc(len + 1), *joined = malloc(len + sizeof base);
    struct wafer_url url, again, from;
    int status;

    require(copy != NULL && joined != NULL && wafer_url_parse(base, &from) == 0);
    status = wafer_url_parse(text, &url);
    require(status == 0 || status == WAFER_E_SYNTAX);
    if (status == 0) {
        const char *after = url.host + url.host_len + url.host_is_ipv6;

        require(url.host >= text + 8 && url.host_len > 0 && url.host_len < WAFER_HOST_MAX);
        require(memchr(url.host, '/', url.host_len) == NULL && memchr(url.host, '@', url.host_len) == NULL);
        require(url.has_port ? *after == ':' : after == url.target && url.tcp_port == 443);
        require(url.tcp_port > 0 && url.target + strlen(url.target) == text + len);
        require(*url.target == 0 || *url.target == '/');
        for (const char *at = text; *at != 0; at++) {
            require(*at > ' ' && *at <= '~' && *at != '#');
        }
        require(wafer_url_same_origin(&url, &url));
    }
    /* An absolute reference stays itself, a path keeps the base's origin, no other is taken. */
    status = wafer_url_resolve(base, text, len, joined, len + sizeof base);
    require(status == 0 || status == WAFER_E_SYNTAX);
    if (status == 0) {
        require(wafer_url_parse(joined, &again) == 0);
        if (text[0] == '/') {
            require(wafer_url_same_origin(&again, &from) && strcmp(again.target, text) == 0);
        } else {
            require(wafer_url_parse(text, &url) == 0 && strcmp(joined, text) == 0);
            require(wafer_url_resolve(base, text, len, copy, len + 1) == 0);
            require(wafer_url_resolve(base, text, len, copy, len) == WAFER_E_SPACE && copy[0] == 0);
        }
    } else {
        require(joined[0] == 0 && wafer_url_parse(text, &url) < 0);
    }
    free(copy);
    free(joined);
}

static void check_ip(const char *text, size_t len)
{
    uint8_t address[16], expected[16];
    int wanted = inet_pton(AF_INET6, text, expected) == 1  ? 16
                 : inet_pton(AF_INET, text, expected) == 1 ? 4
                                                           : WAFER_E_SYNTAX;

    require(wafer_ip_parse(text, len, address) == wanted);
    require(wanted < 0 || memcmp(address, expected, (size_t)wanted) == 0);
}

static void check_name(const char *text, size_t len)
{
    enum wafer_name_fault fault = wafer_name_check(text);
    struct wafer_url url;

    require(fault <= WAFER_NAME_NUMERIC);
    if (fault == WAFER_NAME_OK) { /* then it is a host, but for a wildcard */
        char *host = malloc(len + 9);

        require(host != NULL && len <= 253);
        memcpy(host, "https://", 8);
        memcpy(host + 8, text, len + 1);
        if (text[0] == '*') {
            host[8] = 'x';
        }
        require(wafer_url_parse(host, &url) == 0 && url.host_len == len && *url.target == 0);
        free(host);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guard guard = guard_copy(data, size), text = guard_copy(NULL, size + 1);
    size_t len;
    uint8_t address[16];

    memcpy(text.data, guard.data, size);
    len = strlen((const char *)text.data);
    if (len == size) { /* inputs with a NUL inside would only repeat others */
        check_url((const char *)text.data, len);
        check_ip((const char *)text.data, len);
        check_name((const char *)text.data, len);
    } else {
        require(wafer_ip_parse((const char *)guard.data, size, address) == WAFER_E_SYNTAX);
    }
    guard_free(&guard);
    guard_free(&text);
    return 0;
}
