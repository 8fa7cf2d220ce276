# What a compiler and a linker do for programs whose input comes from the network: the host's build has it, and
# others as far as they say so. HARDEN= leaves it out; what the user's own flags say of one counts.

HARDEN ?= 1

# The flags of a list that this compiler takes: all, as a rule, and else it is asked for each.
taken = $(shell takes() { $(CC) -Werror "$$@" -x c -c -o /dev/null /dev/null 2>/dev/null && echo "$$@"; }; \
	takes $(1) || for flag in $(1); do takes $$flag; done)

# By processor: jumps and returns that an attacker has bent lead nowhere.
HARDEN_x86_64  := -fcf-protection=full
HARDEN_aarch64 := -mbranch-protection=standard

ifeq ($(VARIANT)$(HARDEN),host1)
HARDEN_CC := $(call taken,-fstack-protector-strong -fstack-clash-protection $(HARDEN_$(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))))
ifeq ($(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),)
HARDEN_CC += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
HARDEN_LD := -Wl,-z,relro,-z,now,-z,noexecstack
ifeq ($(filter -no-pie -fno-pie -fno-PIE -static,$(CFLAGS) $(LDFLAGS)),)
HARDEN_CC += $(if $(filter -fPIC -fPIE -fpic -fpie,$(CFLAGS)),,-fPIE)
HARDEN_LD += -pie
endif
endif
