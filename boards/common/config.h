/* What makes one device different from the next: a page of the flash that
 * provisioning writes, made by config.py. It is read where it lies; nothing is
 * copied into RAM.
 *
 * The page: "wfr1", then items: kind (1 octet), 0, length of the data (2 octets,
 * little-endian), data, padding to a multiple of 4. Kind 0xff or 0 ends it. Text
 * has its NUL. */
#ifndef WAFER_BOARD_CONFIG_H
#define WAFER_BOARD_CONFIG_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_kind {
    CONFIG_DIRECTORY = 1, /* text: the CA's directory URL */
    CONFIG_NAME = 2,      /* text, one for each name of the certificate */
    CONFIG_CONTACT = 3,   /* text: "mailto:..." */
    CONFIG_ANCHOR = 4,    /* key type, curve, lengths of DN, n or q, and e (2 octets each); these */
    CONFIG_NTP = 5,       /* text: host of an NTP server */
    CONFIG_NTP_PORT = 6,  /* number */
    CONFIG_ADDRESS = 7,   /* 6 octets: the Ethernet address */
    CONFIG_FILE = 8,      /* text: the host's file that stands for the flash (QEMU) */
    CONFIG_DROP = 9,      /* number: drop one frame in so many (tests) */
    CONFIG_RENEW = 10,    /* number: seconds from issuance to renewal instead of the rule (tests) */
    CONFIG_STORE_KEY = 11 /* 32 octets: key for the secrets of the store */
};

/* Whether the page comes to its end and its numbers, address and key have their lengths: to be seen
 * first, the others take it for granted. A page without "wfr1" is sound and empty. */
bool config_is_sound(void);

/* Text number `index` of a kind, or NULL. */
const char *config_text(enum config_kind kind, unsigned index);

/* A number (4 octets, little-endian), or `otherwise`. */
uint32_t config_number(enum config_kind kind, uint32_t otherwise);

/* The Ethernet address; a locally administered one when none is given. */
const uint8_t *config_address(void);

/* The key for the store's secrets, or NULL. */
const uint8_t *config_store_key(void);

/* Fills at most `max` trust anchors, which point into the page. Returns how many. */
size_t config_anchors(br_x509_trust_anchor *list, size_t max);

#endif
