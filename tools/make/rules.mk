# How a variant's objects, libraries and programs come about.

# Changed flags rebuild everything; a changed build time what mentions it.
$(B)/flags: STAMP = $(CC) $(COMMON) $(OPT) $(SMALL_$(VARIANT)) $(BEARSSL_FLAGS) $(LWIP_$(VARIANT)) $(KNOBS) $(CFLAGS)
$(B)/build-time: STAMP = $(BUILD_TIME)
$(B)/flags $(B)/build-time: FORCE
	@mkdir -p $(@D)
	@echo '$(STAMP)' | cmp -s - $@ || echo '$(STAMP)' >$@
.PHONY: FORCE
FORCE:

$(call obj,$(shell grep -ls WAFER_BUILD_TIME $(ALL_SRC))): $(B)/build-time

$(THIRD)/stamp: tools/setup/third-party.sum
	$(Q)tools/setup/fetch.sh $(THIRD)

$(BEAR_LIB): $(THIRD)/stamp $(B)/flags
	$(call say,BEARSSL,$@)
	$(Q)$(MAKE) --no-print-directory -f tools/make/bearssl.mk OUT=$@ DIR=$(B)/obj/bearssl SRC=$(BEARSSL) \
		CC="$(CC)" AR="$(AR)" CFLAGS="$(OPT) $(BEARSSL_FLAGS) $(CFLAGS)" STAMPS="$(B)/flags $(BEARSSL)/.sum"
	@touch $@

top = $(firstword $(subst /, ,$(1)))

$(B)/obj/libinih/ini.o: $(THIRD)/stamp $(B)/flags
	$(call say,CC,$(INIH)/ini.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(OPT) -ffunction-sections $(INIH_FLAGS) $(CFLAGS) -c -o $@ $(INIH)/ini.c

$(B)/obj/%.o: %.c $(B)/flags | $(THIRD)/stamp
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(COMMON) $(OPT) $(DEFINES) $(DEF_$(call top,$*)) $(INC) $(INC_$(call top,$*)) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(SRC))
$(KIT): $(call obj,$(EMU_SRC) $(POSIX_SRC))
$(LIB) $(KIT):
	$(call say,AR,$@)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(O)/anchors: tools/anchors/anchors.c $(BEAR_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(COMMON) $(OPT) $(INC) $(CFLAGS) -o $@ $^

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
	$(Q)$(CC) $(COMMON) $(OPT) $(DEFINES) $(INC) $(CFLAGS) -c -o $@ $<

$(CMD): $(call obj,$(CMD_SRC) $(POSIX_SRC)) $(B)/obj/public_anchors.o $(B)/obj/libinih/ini.o $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^

$(B)/tests/%: $(B)/obj/tests/%.o $(KIT) $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ -lcmocka

$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(KIT) $(LIB) $(BEAR_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $@ $^ -lcmocka

.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
