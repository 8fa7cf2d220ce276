# How a variant's objects, libraries and programs come about.

# Changed flags rebuild everything; a changed build time what mentions it.
$(B)/flags: STAMP = $(CC) $(AR) $(POSIX) $(COMMON) $(OPT) $(SMALL_$(VARIANT)) $(BEARSSL_FLAGS) $(LWIP_$(VARIANT)) $(KNOBS) $(abspath $(KNOBS_FILE)) $(USER_FLAGS) $(LDFLAGS) $(BEARSSL_WHOLE)
$(B)/build-time: STAMP = $(BUILD_TIME)
$(B)/flags $(B)/build-time: FORCE
	@mkdir -p $(@D)
	@echo '$(STAMP)' | cmp -s - $@ || echo '$(STAMP)' >$@
.PHONY: FORCE
FORCE:

$(call obj,$(shell grep -ls WAFER_BUILD_TIME $(ALL_SRC))): $(B)/build-time

include tools/make/third.mk

$(BEAR_LIB): $(call third,bearssl) $(B)/flags
	$(call say,BEARSSL,$@)
	$(Q)$(MAKE) --no-print-directory -f tools/make/bearssl.mk OUT=$@ DIR=$(B)/obj/bearssl SRC=$(BEARSSL) \
		CC="$(CC)" AR="$(AR)" CFLAGS="$(OPT) $(BEARSSL_FLAGS) $(USER_FLAGS)" STAMPS="$(B)/flags $(BEARSSL)/.sum" \
		WHOLE=$(BEARSSL_WHOLE) FAST=$(BEARSSL_FAST)
	@touch $@

# Makes the target's folder; most often it is there already, and then no process is started.
in_folder = $(if $(wildcard $(@D)),,@mkdir -p $(@D))

top = $(firstword $(subst /, ,$(1)))

$(B)/obj/libinih/ini.o: $(call third,libinih) $(B)/flags
	$(call say,CC,$(INIH)/ini.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(OPT) -ffunction-sections $(INIH_FLAGS) $(USER_FLAGS) -c -o $@ $(INIH)/ini.c

$(call obj,$(CMD_SRC)): | $(call third,libinih)
$(B)/obj/%.o: %.c $(B)/flags | $(call third,bearssl jsmn)
	$(call say,CC,$<)
	$(in_folder)
	$(Q)$(CC) $(COMMON) $(OPT) $(DEFINES) $(DEF_$(call top,$*)) $(INC) $(INC_$(call top,$*)) $(USER_FLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(SRC))
$(POSIX_LIB): $(call obj,$(POSIX_SRC))
$(KIT): $(call obj,$(EMU_SRC) $(POSIX_SRC) $(KV_SRC))
$(LIB) $(POSIX_LIB) $(KIT):
	$(call say,AR,$@)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# It runs while building, so it is built for this machine, with the little of the library and of BearSSL that it needs.
ANCHORS_SRC := tools/anchors/anchors.c $(addprefix src/,net/anchor.c format/x509.c format/public_key.c format/der.c \
	format/pem.c format/base64url.c base/buf.c base/datetime.c base/text.c)
$(O)/anchors: $(ANCHORS_SRC) $(call third,bearssl)
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c99 -w $(HOSTCFLAGS) $(INC) -Isrc -I$(BEARSSL)/src -o $@ $(ANCHORS_SRC) $(addprefix $(BEARSSL)/src/,\
		codec/dec32be.c codec/enc32be.c codec/pemdec.c hash/sha2small.c)

ifeq ($(VARIANT),host)
$(ANCHORS): tools/anchors/roots.list $(O)/anchors
	$(call say,ANCHORS,$@)
	$(Q)$(O)/anchors -l $< -d $(ROOTS) -o $@
else
$(ANCHORS): FORCE
	$(call variant,host) $@
endif

$(B)/obj/public_anchors.o: $(ANCHORS) $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(COMMON) $(OPT) $(DEFINES) $(INC) $(USER_FLAGS) -c -o $@ $<

$(CMD): $(call obj,$(CMD_SRC) $(POSIX_SRC)) $(B)/obj/public_anchors.o $(B)/obj/libinih/ini.o $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^

# These have tests/plain in the place of parts of BearSSL: objects stand before archives.
$(FAULTS:tests/%.c=$(B)/tests/%) $(B)/fuzz/fuzz_client: $(call obj,$(PLAIN_SRC))

$(B)/tests/%: $(B)/obj/tests/%.o $(KIT) $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka

$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(KIT) $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka

.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
