# `make install`: the command, and what another program needs to use the library: two archives
# and their BearSSL, headers, and how pkg-config and CMake find them (tools/make/package).
#
#   PREFIX=/usr/local  LIBDIR=, INCLUDEDIR=, BINDIR=: the places; DESTDIR=: a root for a package
#   STRIP=:            leaves the command's symbols in

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include

POSIX_HEADERS := port/posix/port_posix.h port/posix/webroot.h boards/linux/flash_file.h
CMAKE_DIR     := $(LIBDIR)/cmake/wafer

# The knobs that the library was built with, so that nobody who includes the headers must give
# them again: lines for the installed config.h.
hash := \#
KNOB_LINES = $(foreach knob,$(patsubst -D%,%,$(filter -D%,$(KNOBS))),$(hash)define $(subst =, ,$(knob))\n)$(if \
	$(KNOBS_FILE),\n$(hash)include "wafer/$(notdir $(KNOBS_FILE))"\n)

version_part = $(shell sed -n 's/^.define WAFER_VERSION_$(1) \([0-9]*\)$$/\1/p' include/wafer/version.h)
VERSION      = $(call version_part,MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)

.PHONY: install
install: $(CMD) $(LIB) $(POSIX_LIB) $(BEAR_LIB) ## install command, libraries and headers below $(DESTDIR)$(PREFIX)
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -D -m 755 $(CMD) $(DESTDIR)$(BINDIR)/wafer
	$(Q)$(STRIP) $(DESTDIR)$(BINDIR)/wafer
	$(Q)install -d $(addprefix $(DESTDIR),$(LIBDIR)/pkgconfig $(CMAKE_DIR) $(addprefix $(INCLUDEDIR)/,wafer wafer-posix wafer-bearssl))
	$(Q)install -m 644 $(LIB) $(POSIX_LIB) $(DESTDIR)$(LIBDIR)/
	$(Q)install -m 644 $(BEAR_LIB) $(DESTDIR)$(LIBDIR)/libwafer-bearssl.a
	$(Q)install -m 644 include/wafer/*.h $(KNOBS_FILE) $(DESTDIR)$(INCLUDEDIR)/wafer/
	$(Q)install -m 644 $(POSIX_HEADERS) $(DESTDIR)$(INCLUDEDIR)/wafer-posix/
	$(Q)install -m 644 $(BEARSSL)/inc/*.h $(DESTDIR)$(INCLUDEDIR)/wafer-bearssl/
	$(Q)printf '$(if $(KNOB_LINES),/* What the library beside these headers was built with. */\n$(KNOB_LINES))' >$(B)/knobs
	$(Q)sed '/^#define WAFER_CONFIG_H$$/r $(B)/knobs' include/wafer/config.h >$(DESTDIR)$(INCLUDEDIR)/wafer/config.h
	$(Q)for file in wafer.pc wafer-posix.pc wafer-config.cmake wafer-config-version.cmake; do \
		case $$file in *.pc) to=$(LIBDIR)/pkgconfig ;; *) to=$(CMAKE_DIR) ;; esac; \
		sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|' \
			-e "s|@INCLUDE_FROM_CMAKE@|$$(realpath -m --relative-to=/$(CMAKE_DIR) /$(INCLUDEDIR))|" \
			tools/make/package/$$file.in >$(DESTDIR)$$to/$$file || exit 1; \
	done
