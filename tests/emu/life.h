/* What a device commits over the years, issuance after issuance, on any flash; and a model
 * of what the store must hold then. */
#ifndef EMU_LIFE_H
#define EMU_LIFE_H

#include "wafer/store.h"

#define EMU_LIFE_KINDS 9
#define EMU_LIFE_SLOTS 2

/* The version of each value, 0 for none. */
struct emu_model {
    uint32_t version[EMU_LIFE_KINDS][EMU_LIFE_SLOTS];
};

struct emu_life {
    struct wafer_store store;
    struct emu_model now, next; /* committed; with the transaction that is open or failed last */
    uint32_t chain;             /* octets of the largest chain */
    uint32_t versions;          /* the last one given */
    unsigned number;            /* of the issuance */
    bool plain;                 /* renewals and nothing else */
};

/* What wafer_issue commits; now and then a boot, a failure, a chain that breaks off.
 * Returns 0, or the error of the store that it ended with. */
int emu_life_issue(struct emu_life *life);

/* Whether the store has all of the model and nothing else; key, chain and certificate
 * of one commit. */
bool emu_life_holds(struct emu_life *life, const struct emu_model *model);

/* After an error or a power cut: whether it is all or nothing. Makes it what is now. */
bool emu_life_settle(struct emu_life *life);

/* Whether each value that is there was put once just so, of any version. */
bool emu_life_sane(struct emu_life *life);

/* Forgets all, after a format. */
void emu_life_forget(struct emu_life *life);

#endif
