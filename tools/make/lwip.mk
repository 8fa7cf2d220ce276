# lwIP with threads and sockets for the host's tests, from its pinned sources. Called by the
# Makefile with OUT (the archive), DIR (objects), SRC (unpacked sources), CC, AR, CFLAGS,
# STAMPS (files whose change rebuilds all).

sources := $(wildcard $(SRC)/core/*.c $(SRC)/core/ipv4/*.c $(SRC)/core/ipv6/*.c $(SRC)/api/*.c) $(SRC)/netif/ethernet.c
objects := $(patsubst $(SRC)/%.c,$(DIR)/%.o,$(sources))

$(shell mkdir -p $(sort $(dir $(objects))))

$(OUT): $(objects)
	@rm -f $@
	@$(AR) rcs $@ $^

$(DIR)/%.o: $(SRC)/%.c $(STAMPS)
	@$(CC) $(CFLAGS) -I$(SRC)/include -c -o $@ $<
