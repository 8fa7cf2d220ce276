# A third-party package, for what needs it: $(call third,bearssl jsmn).
third = $(patsubst %,$(THIRD)/%.stamp,$(1))
$(THIRD)/%.stamp: tools/setup/third-party.sum tools/setup/fetch.sh
	$(Q)tools/setup/fetch.sh $(THIRD) $*
.PRECIOUS: $(THIRD)/%.stamp
