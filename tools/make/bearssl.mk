# BearSSL for one target, from its pinned sources. Called by the Makefile with
# OUT (the archive), DIR (objects), SRC (unpacked sources), CC, AR, CFLAGS,
# STAMPS (files whose change rebuilds all).

sources := $(wildcard $(SRC)/src/*.c $(SRC)/src/*/*.c)
objects := $(patsubst $(SRC)/src/%.c,$(DIR)/%.o,$(sources))

$(OUT): $(objects)
	@rm -f $@
	@$(AR) rcs $@ $^

$(DIR)/%.o: $(SRC)/src/%.c $(STAMPS)
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -I$(SRC)/src -I$(SRC)/inc -c -o $@ $<
