# What is built and tested over lwIP on the host: its two libraries, the ports over them, and
# the command. INC_LWIP: with threads and sockets; INC_RAW: without an operating system.

INC_LWIP := -Itests/lwip -Iport/lwip-sockets
INC_RAW := -Itests/lwip-raw -Iport/lwip
$(LWIP_LIB): FLAGS_LWIP := $(INC_LWIP) $(LWIP_$(VARIANT))
$(RAW_LIB): FLAGS_LWIP := $(INC_RAW)
$(LWIP_LIB): tests/lwip/lwipopts.h tests/lwip/arch/cc.h tests/lwip/arch/sys_arch.h
$(RAW_LIB): tests/lwip-raw/lwipopts.h tests/lwip-raw/arch/cc.h port/lwip/lwipopts.h
$(LWIP_LIB) $(RAW_LIB): $(call third,lwip) $(B)/flags
	$(call say,LWIP,$@)
	$(Q)$(MAKE) --no-print-directory -f tools/make/lwip.mk OUT=$@ DIR=$(B)/obj/$(basename $(@F)) SRC=$(LWIP) CC="$(CC)" AR="$(AR)" \
		CFLAGS="$(OPT) -w -ffunction-sections -fdata-sections $(POSIX) $(FLAGS_LWIP) $(USER_FLAGS)" \
		STAMPS="$(B)/flags $(LWIP)/../.sum $(filter %.h,$^)"
	@touch $@

$(B)/obj/with-lwip/%.o: %.c $(B)/flags | $(call third,bearssl jsmn lwip)
	$(call say,CC,$< (lwIP))
	$(in_folder)
	$(Q)$(CC) $(COMMON) $(OPT) $(DEFINES) $(INC) $(INC_LWIP) -Iport/sockets -Iport/posix -Itests/emu \
		-isystem $(LWIP)/include $(LWIP_$(VARIANT)) $(USER_FLAGS) -MMD -MP -c -o $@ $<

# As tools/make/boards.mk compiles port/lwip: not for conversions.
$(B)/obj/with-lwip-raw/%.o: %.c $(B)/flags | $(call third,bearssl jsmn lwip)
	$(call say,CC,$< (lwIP))
	$(in_folder)
	$(Q)$(CC) -std=gnu11 -Wall -Wextra -Wshadow -ffunction-sections -fdata-sections $(OPT) $(INC) $(INC_RAW) -Itests/emu \
		-isystem $(LWIP)/include $(USER_FLAGS) -MMD -MP -c -o $@ $<

# port/lwip-sockets, its stack and the network; and the command over them.
WITH_LWIP := $(call lwip_obj,$(LWIP_SRC)) $(LWIP_LIB)

$(B)/tests/unit/port/test_lwip_sockets: $(call lwip_obj,$(LWIP_TEST)) $(call obj,tests/emu/port_contract.c) $(WITH_LWIP)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $^ -lcmocka -lslirp -lpthread

$(B)/tests/unit/port/test_lwip: $(call raw_obj,port/lwip/network.c $(RAW_TEST)) $(call obj,tests/emu/port_contract.c) $(RAW_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $^ -lcmocka

$(LWIP_CMD): $(call obj,$(CMD_SRC) $(filter-out port/posix/port_posix.c port/sockets/%,$(POSIX_SRC))) \
		$(call lwip_obj,tests/lwip/command_port.c) $(WITH_LWIP) \
		$(B)/obj/public_anchors.o $(B)/obj/libinih/ini.o $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ -lslirp -lpthread
