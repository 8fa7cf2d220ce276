/* The store: power-safe values over a struct wafer_flash. docs/store-format.md has the
 * format byte by byte, and what is promised about its versions.
 *
 * A value is named by its kind and slot; on the flash it is one or more records. All
 * changes happen in a transaction: begin, any puts and deletes, commit. A commit is all
 * or nothing, whenever the power goes; without one nothing has changed.
 *
 * Rules for tasks and callbacks:
 *
 * 1. Without `lock` and `unlock` in struct wafer_flash, all calls for a store come from
 *    one thread. With them any thread may make any of them, except that
 *    wafer_store_mount, _format and _encrypt are done before another thread uses the
 *    store. No call may come from an interrupt or a signal handler.
 * 2. Each call that uses the flash or the store's state takes the lock first and gives
 *    it back before it returns, on errors too. It is never taken twice, so it need not
 *    be recursive, and it is not held between two calls. While it is held, only the
 *    flash driver and the visit of wafer_store_walk are called.
 * 3. There is one transaction at a time: wafer_store_begin returns WAFER_E_BUSY while
 *    another is open. It belongs to the task whose begin returned 0: that one alone
 *    calls value, append, put, delete, commit and abort, up to the end. The store
 *    cannot tell tasks apart.
 * 4. A transaction may stay open for long, and everybody may read meanwhile: find, read,
 *    next, walk and usage see what was committed before and nothing of what is open,
 *    also in the task that has it open. A commit shows all its changes at once, but a
 *    reader makes several calls: who reads values that belong together takes those of
 *    one sequence (wafer_store_find_in).
 * 5. wafer_issue and its kin commit several times, and hold a transaction open while
 *    a certificate is downloaded. What they call or let run meanwhile (the port's
 *    `idle`, a solver, the event callback, other tasks) may read the store, but not
 *    change it: it gets WAFER_E_BUSY then, and tries again later. And while somebody
 *    else has a transaction open, what they begin fails with WAFER_E_BUSY.
 * 6. The flash driver and the visit of wafer_store_walk call nothing of this header.
 * 7. The struct wafer_flash, what it points to and the key for wafer_store_encrypt must
 *    live as long as the store; a struct wafer_store stays where it is between begin
 *    and commit. Octets and texts that are handed in are not needed after the call.
 * 8. A struct wafer_value is the caller's, and may be copied and forgotten. It can be
 *    read as long as its value is current. Once a commit has replaced or deleted that,
 *    wafer_store_read gives the old octets for a while and then WAFER_E_DAMAGED, never
 *    others. Mounting and formatting end it. */
#ifndef WAFER_STORE_H
#define WAFER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wafer/config.h"
#include "wafer/error.h"
#include "wafer/flash.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of values: X(name, number, text). A slot is the number of a CA for
 * accounts, of a certificate for all others. WORN is the store's own: its list of
 * blocks that failed. */
#define WAFER_KINDS(X) \
    X(ACCOUNT, 1, "account") \
    X(ORDER, 2, "order") \
    X(KEY, 3, "key") \
    X(CHAIN, 4, "chain") \
    X(CERT, 5, "certificate") \
    X(SCHEDULE, 6, "schedule") \
    X(OPTIONS, 7, "options") \
    X(SEED, 8, "seed") \
    X(WORN, 9, "worn")

enum wafer_kind {
#define WAFER_KIND_MEMBER(name, number, text) WAFER_KIND_##name = number,
    WAFER_KINDS(WAFER_KIND_MEMBER)
#undef WAFER_KIND_MEMBER
};

/* Octets of the longest record on the flash: header and payload. A value is cut into
 * parts of one record each, so that it can be streamed in. */
#define WAFER_STORE_PART 256

#define WAFER_STORE_KEY 32 /* octets of the key for wafer_store_encrypt */

#define WAFER_STORE_WORN 16 /* failing blocks that the store keeps in mind, at most */

struct wafer_store {
    const struct wafer_flash *flash;
    const struct wafer_cipher *cipher; /* NULL: none */
    const uint8_t *key;      /* of the cipher; NULL: it was wrong */
    uint8_t fill;            /* octets of the open part */
    uint8_t room;            /* how many it may have */
    uint8_t kind, slot;      /* of the open value; kind 0: none */
    bool open;               /* a transaction is open */
    bool unsaved;            /* the list of worn blocks is newer than on the flash */
    uint8_t listed;          /* blocks in it */
    uint8_t worn[1 + 2 * WAFER_STORE_WORN]; /* how many are retired; those; those that failed once */
    uint16_t part;           /* of the open value */
    int failed;              /* first error of the open transaction; sticks */
    uint32_t head;           /* block that is written to */
    uint32_t offset;         /* of the next record in it */
    uint32_t block_sequence; /* of the head block; the highest */
    uint32_t floor;          /* blocks with a sequence up to this are dead */
    uint32_t sequence;       /* of the open or the next transaction */
    uint32_t live;           /* octets of live records, an upper bound */
    uint32_t written;        /* octets written in the open transaction */
    uint8_t buffer[WAFER_STORE_PART]; /* the open part */
};

/* A committed value, as found. Rule 8 says how long it can be read. */
struct wafer_value {
    uint32_t sequence; /* of its transaction: equal for all values of one commit */
    uint32_t length;   /* octets */
    uint32_t block;    /* where its first part was found: a hint for the next read */
    uint8_t kind, slot;
    uint8_t overhead;  /* octets of each part that encryption takes; 0: plain */
};

/* Reads the state of the flash; repairs nothing yet, writes nothing. `flash` must
 * outlive the store.
 * Returns 0, WAFER_E_BLANK when the whole region is erased (or holds the torn
 * beginning of a first format, and nothing else), WAFER_E_STORE_FORMAT when it holds
 * anything else (noise, another geometry), WAFER_E_ARGUMENT for a geometry out of
 * bounds or too small, or a lock without an unlock, WAFER_E_FLASH. */
int wafer_store_mount(struct wafer_store *store, const struct wafer_flash *flash) WAFER_MUST_CHECK;

/* Erases the region and makes an empty store; mounts it. Loses what was there. Blocks
 * that failed in the old store are tried from end to end, and kept from use only if they
 * fail again. Returns 0, WAFER_E_ARGUMENT as above, WAFER_E_FLASH. */
int wafer_store_format(struct wafer_store *store, const struct wafer_flash *flash) WAFER_MUST_CHECK;

/* Has the values that hold secrets (account, order, key, seed) encrypted from now on
 * and those that are encrypted already read, with ChaCha20-Poly1305 and a key of
 * WAFER_STORE_KEY octets. The key should be the device's own and not lie in the same
 * flash; it must outlive the store. Values that were written plain stay plain and
 * readable until they are written anew. To be called after each mount and format; who
 * never does links nothing of it.
 * Returns 0; WAFER_E_LOCKED when the store was encrypted with another key: then
 * encrypted values stay unreadable and secrets can't be written, all else works;
 * WAFER_E_BUSY in a transaction, WAFER_E_FLASH. */
int wafer_store_encrypt(struct wafer_store *store, const uint8_t *key) WAFER_MUST_CHECK;

/* Opens a transaction. Returns 0; WAFER_E_BUSY when one is open, this task's or another's:
 * nothing happens to it; WAFER_E_STORE_FULL after 2^32 of them. */
int wafer_store_begin(struct wafer_store *store) WAFER_MUST_CHECK;

/* Starts a value of kind and slot: wafer_store_append adds its octets, in as
 * many calls as one likes; the next value, delete or commit ends it. A value can be
 * put or deleted once in a transaction; the second time is WAFER_E_ARGUMENT. Errors
 * stick: after one, all return it, up to the commit. WAFER_E_ARGUMENT without a
 * transaction. */
int wafer_store_value(struct wafer_store *store, enum wafer_kind kind, uint8_t slot) WAFER_MUST_CHECK;
int wafer_store_append(struct wafer_store *store, const void *data, size_t len) WAFER_MUST_CHECK;

/* A whole value at once: value, append. */
int wafer_store_put(struct wafer_store *store, enum wafer_kind kind, uint8_t slot,
                    const void *data, size_t len) WAFER_MUST_CHECK;

/* Removes a value, if there is one. */
int wafer_store_delete(struct wafer_store *store, enum wafer_kind kind, uint8_t slot) WAFER_MUST_CHECK;

/* Makes the transaction's changes current and durable. Returns 0, or the first
 * error that the transaction met (WAFER_E_STORE_FULL, _FLASH, or _WORN when too few
 * blocks still work): then nothing has changed, or, when the device failed in the last
 * step, all or nothing has. The transaction is over either way. Deleting works also in
 * a full store. WAFER_E_ARGUMENT without a transaction. */
int wafer_store_commit(struct wafer_store *store) WAFER_MUST_CHECK;

/* Drops the open transaction, if there is one. It must be the caller's own (rule 3). */
void wafer_store_abort(struct wafer_store *store);

/* Finds the newest committed and undamaged value of kind and slot whose sequence
 * is below `below` (0: no bound). Returns 0, WAFER_E_NOT_FOUND, _FLASH. */
int wafer_store_find(struct wafer_store *store, enum wafer_kind kind, uint8_t slot,
                     uint32_t below, struct wafer_value *value) WAFER_MUST_CHECK;

/* Finds the value that the transaction `sequence` committed. Returns as above. */
int wafer_store_find_in(struct wafer_store *store, enum wafer_kind kind, uint8_t slot,
                        uint32_t sequence, struct wafer_value *value) WAFER_MUST_CHECK;

/* Reads up to len octets of a value from `offset` on. Returns how many, 0 at its
 * end; WAFER_E_DAMAGED, _FLASH; WAFER_E_LOCKED when it is encrypted and the key is
 * wrong or missing: never an older value then, nor none. */
int wafer_store_read(struct wafer_store *store, const struct wafer_value *value,
                     uint32_t offset, void *data, size_t len) WAFER_MUST_CHECK;

/* Finds the value of kind with the smallest slot above `slot` (-1: of all). Returns
 * that slot, WAFER_E_NOT_FOUND after the last, WAFER_E_FLASH. */
int wafer_store_next(struct wafer_store *store, enum wafer_kind kind, int slot,
                     struct wafer_value *value) WAFER_MUST_CHECK;

/* What `wafer store dump` and `check` show: each record in the order of the log,
 * also torn, old and uncommitted ones. Kind 0 is a commit, or damage that no header
 * can be told from. A commit record counts as live while it is there. visit ends
 * the walk by not returning 0; the walk returns that. The view lasts for the call of
 * visit, which must not call the store (rule 6); `ctx` is handed to it. */
enum wafer_record_state {
    WAFER_RECORD_LIVE,        /* the current value */
    WAFER_RECORD_OLD,         /* committed, superseded or deleted */
    WAFER_RECORD_UNCOMMITTED, /* of a transaction that was never committed */
    WAFER_RECORD_DAMAGED      /* checksum wrong */
};
struct wafer_record_view {
    uint32_t block, offset, sequence;
    uint16_t part, length;
    uint8_t kind, slot;
    bool last, deleted, commit, encrypted;
    enum wafer_record_state state;
};
int wafer_store_walk(struct wafer_store *store,
                     int (*visit)(void *ctx, const struct wafer_record_view *view), void *ctx) WAFER_MUST_CHECK;

struct wafer_store_usage {
    uint32_t live;       /* octets of live records, headers and padding included */
    uint32_t capacity;   /* octets that live records may take */
    uint32_t erases_min, erases_max; /* erase counts, over the blocks that tell theirs */
    uint32_t retired;    /* blocks that are used no more: they failed twice */
    uint32_t failed;     /* blocks that failed once */
};

/* Counts what is live by reading the whole log. Returns 0 or WAFER_E_FLASH. */
int wafer_store_usage(struct wafer_store *store, struct wafer_store_usage *usage) WAFER_MUST_CHECK;

/* Copies all current values of `from` into `to`, for a device whose store moves to
 * another region, another geometry, or to a format of a newer wafer. Both are mounted;
 * `to` is freshly formatted, or has values: those of the same kind and slot are replaced,
 * all others stay. It is one transaction of `to`: a power cut or an error at any point
 * leaves `to` without all of them, or with all; then it can be done again. Nothing is
 * written to `from`, and its list of worn blocks is not copied. Meanwhile no transaction
 * can be begun in either store.
 *
 * Values that `from` has encrypted are read with its key and encrypted with that of `to`:
 * the keys may differ. Plain secrets are encrypted if `to` has a key. But what was
 * encrypted never becomes plain.
 *
 * Who never calls it links nothing of it. Needs some 200 octets of stack more than
 * wafer_store_append.
 *
 * Returns 0, and with nothing changed in `to`:
 *   WAFER_E_ARGUMENT    both are over one struct wafer_flash
 *   WAFER_E_BUSY        a transaction is open in one of them
 *   WAFER_E_STORE_FULL  not all fits beside what `to` has; WAFER_E_WORN as for a commit
 *   WAFER_E_LOCKED      `from` has encrypted values and its key is wrong or missing; or `to`
 *                       has no key while `from` has encrypted values, or a wrong one
 *   WAFER_E_DAMAGED     the newest version of a value is damaged, or a certificate, its
 *                       chain and its key are not of one commit any more: an older
 *                       version must not pass for a part of the new set. A commit
 *                       that replaces or deletes them mends that
 *   WAFER_E_FLASH       a device failed; in the last step of the commit only, all or
 *                       nothing may have been copied
 */
int wafer_store_copy(struct wafer_store *to, struct wafer_store *from) WAFER_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
