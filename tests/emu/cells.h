/* What the cells of an emulated flash do after the power was cut: code words that are wrong. For flash.c. */
#ifndef EMU_CELLS_H
#define EMU_CELLS_H

#include "flash.h"

void emu_cells_init(struct emu_flash *emu);
void emu_cells_free(struct emu_flash *emu);
void emu_cells_copy(struct emu_flash *to, const struct emu_flash *from);

/* A read that was checked for its bounds: 0 or WAFER_E_DAMAGED. */
int emu_cells_read(struct emu_flash *emu, uint32_t address, uint8_t *data, uint32_t len);

/* What an interrupted or failing program or erase has left in units that held `before` and were to hold
 * `after`, NULL for erased. */
void emu_cells_torn(struct emu_flash *emu, uint32_t address, const uint8_t *before, const uint8_t *after,
                    uint32_t len);

/* After a cut, units that still look erased may be programmed: nobody can tell them. */
void emu_cells_mark(struct emu_flash *emu, uint32_t address, uint32_t len);

/* A block was erased, whole. */
void emu_cells_erased(struct emu_flash *emu, uint32_t block);

#endif
