# procgroup is built with GNU make and pkg-config; "make help" lists the targets.
#
# Variables: V=1 prints the commands, WERROR=1 makes warnings errors (for CI),
# SANITIZE=1 builds with ASan and UBSan, BUILD=dir sets the build directory, BPF=1 reads
# processes with a BPF program too (needs clang, bpftool and libbpf), SECCOMP=0 builds
# without libseccomp (the SNMP process then has no system call filter),
# MIB_ROOT=1.3.6.1.4.1.x.y sets the root OID of the MIB.

CC         ?= cc
AR         ?= ar
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
BUILD      ?= build
VERSION    := 0.1.0
MIB_ROOT   ?= 1.3.6.1.4.1.8072.9999.9999.2017

PREFIX     ?= /usr
BINDIR     ?= $(PREFIX)/bin
SBINDIR    ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/libexec
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
SYSCONFDIR ?= /etc
STATEDIR   ?= /var/lib
RUNDIR     ?= /run
DESTDIR    ?=

ifeq ($(V),1)
Q :=
say := @:
else
Q := @
say := @printf '  %-5s %s\n'
endif

# These targets must work before the libraries are installed: no pkg-config for them.
NO_DEPS := clean deb deps help uninstall demo demo-built check check-built check-integrations \
           check-packages check-quick check-readme check-vm
need_pkgs := $(if $(filter-out $(NO_DEPS),$(or $(MAKECMDGOALS),all)),1)
pkg = $(if $(need_pkgs),$(shell $(PKG_CONFIG) $(1) $(2)))

SNMP_LIBS := $(call pkg,--libs,netsnmp-agent netsnmp)
CLIENT_LIBS := $(call pkg,--libs,netsnmp)
CORE_LIBS := $(call pkg,--libs,libpcre2-8 libselinux) -lm
ifeq ($(BPF),1)
CORE_LIBS += $(call pkg,--libs,libbpf)
endif
CAP_LIBS  := $(call pkg,--libs,libcap)
SECCOMP   ?= 1
ifneq ($(SECCOMP),0)
SECCOMP_LIBS := $(call pkg,--libs,libseccomp)
endif
TEST_LIBS := $(call pkg,--libs,cmocka)
PKG_CFLAGS := $(call pkg,--cflags,libpcre2-8 libselinux libcap cmocka)

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes \
        -Wmissing-prototypes $(if $(filter 1,$(WERROR)),-Werror)
ifeq ($(SANITIZE),1)
SAN := -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined -DNO_SANDBOX
endif
# Each flag is used if the compiler has it. Sanitizers check the same as _FORTIFY_SOURCE, which
# a given CPPFLAGS or CFLAGS may set too.
has_flag = $(if $(need_pkgs),$(shell $(CC) -O2 -Werror $(1) -include stdio.h -c -x c -o /dev/null \
               /dev/null 2>/dev/null && echo '$(1)'))
ifneq ($(SANITIZE),1)
ifeq ($(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),)
FORTIFY := $(or $(call has_flag,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif
endif
HARDEN := -fPIE -fstack-protector-strong $(FORTIFY) $(call has_flag,-fstack-clash-protection) \
          $(call has_flag,-fcf-protection) $(call has_flag,-mbranch-protection=standard)
# Builds are reproducible: paths and dates of the build host are not in the programs.
REPRO := -ffile-prefix-map=$(CURDIR)=. -Wdate-time
ALL_CPPFLAGS = -D_GNU_SOURCE -DPCRE2_CODE_UNIT_WIDTH=8 -Isrc -I. -I$(BUILD)/gen \
               -isystem $(BUILD)/bpf $(CPPFLAGS)
ALL_CFLAGS = -std=c11 -pthread $(WARN) $(HARDEN) $(CFLAGS) $(SAN) $(REPRO) $(PKG_CFLAGS)
ALL_LDFLAGS = -pie -Wl,--as-needed -Wl,-z,relro,-z,now,-z,noexecstack $(SAN) $(LDFLAGS)

include build.mk
