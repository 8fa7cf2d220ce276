/* A response read by the HTTP reader in portions of any size, and what came out. */
#ifndef WAFER_TESTS_HTTP_READING_H
#define WAFER_TESTS_HTTP_READING_H

#include "net/http_reader.h"

#define LINE_SIZE 320
#define BODY_MAX  4096

#define OK      "HTTP/1.1 200 OK\r\n"
#define END     "\r\n\r\n"
#define TEXT(s) s, sizeof s - 1

struct outcome {
    int error; /* of feed or end; 0: complete */
    size_t taken;
    size_t body_len;
    struct wafer_response response;
    uint8_t body[BODY_MAX];
};

struct sink {
    struct outcome *outcome;
    char *line;
    int fail;
};

/* The body's sink, to a struct sink. Also spoils the line's memory: it is the caller's once the body begins. */
int collect(void *ctx, const struct wafer_response *response, const uint8_t *data, size_t len);

/* Feeds one portion from memory of exactly its size, so that a sanitizer sees reads beyond it. */
int feed(struct wafer_http_reader *reader, const char *data, size_t len);

/* Reads `text` in portions: first `first` octets, then `portion` at a time. */
void read_all(const char *text, size_t len, int alternate, bool head, size_t first, size_t portion,
              struct outcome *outcome);

void assert_same(const struct outcome *a, const struct outcome *b);

#endif
