/* Numbered texts in one memory: URLs in front, that are replaced; tokens at the back, that stay. */
#include "base/packed.h"
#include <string.h>

/* Offsets are 16 bits wide. */
typedef char offsets_fit[WAFER_AUTHZ_SIZE <= UINT16_MAX ? 1 : -1];

void wafer_packed_rewind(struct wafer_packed *list)
{
    list->front = 0;
}

void wafer_packed_clear(struct wafer_packed *list)
{
    wafer_packed_rewind(list);
    list->back = sizeof list->text;
}

/* The octets of an entry with this text. */
static size_t entry_size(const char *text)
{
    return 1 + strlen(text) + 1;
}

static size_t free_room(const struct wafer_packed *list)
{
    return (size_t)(list->back - list->front);
}

static void write_entry(char *entry, uint8_t number, const char *text)
{
    entry[0] = (char)number;
    memcpy(entry + 1, text, strlen(text) + 1);
}

char *wafer_packed_next(char *entry)
{
    return entry + entry_size(entry + 1);
}

int wafer_packed_append(struct wafer_packed *list, uint8_t number, const char *text)
{
    size_t size = entry_size(text);
    if (size > free_room(list)) {
        return WAFER_E_SPACE;
    }
    write_entry(wafer_packed_front_end(list), number, text);
    list->front = (uint16_t)(list->front + size);
    return 0;
}

int wafer_packed_replace(struct wafer_packed *list, char *entry, uint8_t number, const char *text)
{
    char *rest = wafer_packed_next(entry), *end = wafer_packed_front_end(list);
    size_t size = entry_size(text), room = free_room(list) + (size_t)(rest - entry);
    if (size > room) {
        return WAFER_E_SPACE;
    }
    memmove(entry + size, rest, (size_t)(end - rest));
    list->front = (uint16_t)(end + size - rest + entry - list->text);
    write_entry(entry, number, text);
    return 0;
}

int wafer_packed_push(struct wafer_packed *list, uint8_t number, const char *text)
{
    size_t size = entry_size(text);
    if (size > free_room(list)) {
        return WAFER_E_SPACE;
    }
    list->back = (uint16_t)(list->back - size);
    write_entry(wafer_packed_back(list), number, text);
    return 0;
}
