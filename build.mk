# The rules behind the Makefile. A module is a folder that is built into one archive.

MODULES := base model proc label select rule config table state engine mib report cli monitor
AGENTS := ipc daemon snmp
PROGRAMS := procgroup procgroupd procgroupd-snmp snmp-procgroup

libdir := $(BUILD)/lib
objdir := $(BUILD)/obj
bindir := $(BUILD)/bin
tstdir := $(BUILD)/tests

module_src = $(filter-out %/main.c,$(sort $(wildcard src/$(1)/*.c)))
agent_src  = $(filter-out %/main.c,$(sort $(wildcard agent/$(1)/*.c)))
objs       = $(patsubst %.c,$(objdir)/%.o,$(1))
lib        = $(libdir)/$(1).a

CORE_MODULES := engine state table config rule select label proc model base
CORE_AR      := $(foreach m,$(CORE_MODULES),$(call lib,$(m)))
ALL_AR       := $(foreach m,$(MODULES),$(call lib,$(m))) $(foreach a,$(AGENTS),$(call lib,agent-$(a)))

.PHONY: all unit tools bench-programs fuzz-programs FORCE
all: $(addprefix $(bindir)/,$(PROGRAMS)) ## build all programs into build/bin

# $(call link,ARCHIVES,LIBRARIES)
define link
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LINK_FLAGS) -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(1) -Wl,--end-group $(2)
endef

# ---------------------------------------------------------------- programs

$(bindir)/procgroup: $(call objs,src/cli/main.c) $(call lib,cli) $(call lib,report) $(CORE_AR)
$(bindir)/procgroup: LIBS = $(CORE_LIBS)

$(bindir)/procgroupd: $(call objs,agent/daemon/main.c) $(call lib,agent-daemon) \
                      $(call lib,agent-ipc) $(CORE_AR)
$(bindir)/procgroupd: LIBS = $(CORE_LIBS) $(CAP_LIBS)

# The only program that is linked with net-snmp's agent library.
$(bindir)/procgroupd-snmp: $(call objs,agent/snmp/main.c) $(call lib,agent-snmp) \
                           $(call lib,agent-ipc) $(call lib,mib) $(CORE_AR)
$(bindir)/procgroupd-snmp: LIBS = $(SNMP_LIBS) $(CORE_LIBS) $(CAP_LIBS) $(SECCOMP_LIBS)

# Linked with net-snmp's client library only.
$(bindir)/snmp-procgroup: $(call objs,src/monitor/main.c) $(call lib,monitor) \
                          $(call lib,report) $(call lib,mib) $(CORE_AR)
$(bindir)/snmp-procgroup: LIBS = $(CLIENT_LIBS) $(CORE_LIBS)

$(addprefix $(bindir)/,$(PROGRAMS)):
	$(call link,$(filter %.a,$^),$(LIBS))

# $(1) = archive name, $(2) = sources.
define archive
$(call lib,$(1)): $(call objs,$(2)) | $(libdir)
	$$(say) AR $$@
	$$(Q)rm -f $$@ && $$(AR) rcsD $$@ $$(filter %.o,$$^)
endef
$(foreach m,$(MODULES),$(eval $(call archive,$(m),$(call module_src,$(m)))))
$(foreach a,$(AGENTS),$(eval $(call archive,agent-$(a),$(call agent_src,$(a)))))

$(libdir):
	@mkdir -p $@

$(objdir)/%.o: %.c | $(BUILD)/gen/config.h
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
.PRECIOUS: $(objdir)/%.o

# The program for the kernel, and the C code that contains it. __TARGET_ARCH_... is not
# needed: nothing depends on the processor.
BPF_CLANG ?= clang
BPFTOOL   ?= bpftool
ifeq ($(BPF),1)
$(objdir)/src/proc/task_pass.o: $(BUILD)/bpf/task_pass.skel.h $(BUILD)/bpf/task_dump.skel.h
endif
$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.o
	$(say) GEN $@
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@.tmp && mv $@.tmp $@
.PRECIOUS: $(BUILD)/bpf/%.o
$(BUILD)/bpf/%.o: src/proc/bpf/%.bpf.c src/proc/bpf/task_fields.inc.c src/proc/task_record.h
	$(say) BPF $<
	@mkdir -p $(@D)
	$(Q)$(BPF_CLANG) -O2 -g -target bpf -Wall -Isrc -I/usr/include/$(subst -pc-,-,$(shell $(CC) -dumpmachine)) \
	    $(REPRO) -c -o $@ $<

# All build settings that the sources need are in this generated header.
defs := VERSION=$(VERSION) MIB_ROOT=$(MIB_ROOT) SYSCONFDIR=$(SYSCONFDIR) \
        STATEDIR=$(STATEDIR) RUNDIR=$(RUNDIR) LIBEXECDIR=$(LIBEXECDIR) BPF=$(BPF) SECCOMP=$(SECCOMP)
comma := ,
$(BUILD)/gen/config.h: build.mk Makefile $(BUILD)/gen/.defs
	@mkdir -p $(@D)
	@printf '/* Made by build.mk. */\n#ifndef CONFIG_H\n#define CONFIG_H\n\n' >$@.tmp
	@printf '#define CONFIG_VERSION "%s"\n' '$(VERSION)' >>$@.tmp
	@printf '#define CONFIG_MIB_ROOT %s\n' '$(subst .,$(comma) ,$(MIB_ROOT))' >>$@.tmp
	@printf '#define CONFIG_SYSCONFDIR "%s"\n' '$(SYSCONFDIR)' >>$@.tmp
	@printf '#define CONFIG_STATEDIR "%s"\n' '$(STATEDIR)' >>$@.tmp
	@printf '#define CONFIG_RUNDIR "%s"\n' '$(RUNDIR)' >>$@.tmp
	@printf '#define CONFIG_LIBEXECDIR "%s"\n' '$(LIBEXECDIR)' >>$@.tmp
	@printf '#define CONFIG_SECCOMP %d\n' $(if $(filter 0,$(SECCOMP)),0,1) >>$@.tmp
	@printf '#define CONFIG_BPF %d\n\n#endif\n' $(if $(filter 1,$(BPF)),1,0) >>$@.tmp
	@mv $@.tmp $@
# Rewritten only if a value changed, so that unchanged settings rebuild nothing.
$(BUILD)/gen/.defs: FORCE
	@mkdir -p $(@D)
	@echo '$(defs)' | cmp -s - $@ || echo '$(defs)' >$@

# For editors and tools such as clangd and clang-tidy.
ALL_SRC = $(filter-out %.inc.c,$(wildcard src/*/*.c agent/*/*.c tests/*/*.c))
compile_commands.json: $(BUILD)/gen/config.h FORCE ## write the compiler's command lines for editors (clangd)
	$(say) GEN $@
	@comma='['; for file in $(ALL_SRC); do \
	    printf '%s\n{"directory": "%s", "file": "%s", "command": "%s"}' "$$comma" '$(CURDIR)' \
	        "$$file" '$(strip $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c )'" $$file"; comma=','; \
	done >$@; printf '\n]\n' >>$@

# ---------------------------------------------------------------- programs of the tests

# A unit test is one file, linked with the modules that it may include. What several tests
# share is in the other files of tests/unit.
# Those that take longest are first: the end of a run waits for none that began late.
LONGEST  := $(patsubst %,tests/unit/test_%.c,proc_sources agent_daemon_event_store_disk engine_update \
            agent_daemon_disk_writer agent_daemon_event_store proc_procfs proc_live proc_reader)
UNIT_SRC := $(LONGEST) $(filter-out $(LONGEST),$(sort $(wildcard tests/unit/test_*.c)))
UNIT     := $(patsubst tests/unit/%.c,$(tstdir)/%,$(UNIT_SRC))
HELPERS  := $(filter-out $(UNIT_SRC) %.inc.c,$(sort $(wildcard tests/unit/*.c)))
$(eval $(call archive,test-helpers,$(HELPERS)))

TEST_AR = $(call lib,test-helpers) $(call lib,cli) $(call lib,report) $(call lib,mib) $(CORE_AR)
$(tstdir)/test_agent_ipc_%: TEST_AR += $(call lib,agent-ipc)
$(tstdir)/test_agent_snmp_%: TEST_AR += $(call lib,agent-snmp) $(call lib,agent-ipc)
$(tstdir)/test_agent_snmp_%: UNIT_LIBS = $(SNMP_LIBS) $(CAP_LIBS) $(SECCOMP_LIBS)
$(tstdir)/test_agent_daemon_%: TEST_AR += $(call lib,agent-daemon) $(call lib,agent-ipc)
$(tstdir)/test_agent_daemon_%: UNIT_LIBS = $(CAP_LIBS)
$(tstdir)/test_monitor_%: TEST_AR += $(call lib,monitor)
$(tstdir)/test_monitor_%: UNIT_LIBS = $(CLIENT_LIBS)
$(tstdir)/%: $(objdir)/tests/unit/%.o $(call lib,test-helpers) $(ALL_AR)
	$(call link,$(TEST_AR),$(CORE_LIBS) $(UNIT_LIBS) $(TEST_LIBS))
unit: $(UNIT)

# Helper programs of the tests; not installed.
TOOLS := $(BUILD)/tools/responder $(BUILD)/tools/measure $(BUILD)/tools/table_dump \
         $(BUILD)/tools/requests $(BUILD)/tools/locked $(BUILD)/tools/churn $(BUILD)/tools/target \
         $(BUILD)/tools/clock.so
RESPONDER := responder agent ber hostile world
$(BUILD)/tools/measure: $(call objs,tests/tools/measure.c)
$(BUILD)/tools/locked: $(call objs,tests/tools/locked.c)
$(BUILD)/tools/churn: $(call objs,tests/tools/churn.c)
# An exec of it takes half the time of one with shared libraries.
$(BUILD)/tools/churn: LIBS = $(if $(SANITIZE),,-static-pie)
$(BUILD)/tools/target: $(call objs,tests/tools/target.c)
$(BUILD)/tools/responder: $(call objs,$(RESPONDER:%=tests/tools/%.c))
$(BUILD)/tools/table_dump: $(call objs,tests/tools/table_dump.c) $(call lib,mib) $(CORE_AR)
$(BUILD)/tools/table_dump: LIBS = $(CORE_LIBS)
$(BUILD)/tools/clock.so: tests/tools/clock.c
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIC -shared -o $@ $<
$(BUILD)/tools/requests: $(call objs,tests/tools/requests.c)
$(BUILD)/tools/requests: LIBS = $(CLIENT_LIBS)
$(filter-out %.so,$(TOOLS)):
	$(call link,$(filter %.a,$^),$(LIBS))
tools: $(TOOLS)

# Benchmark programs; tests/bench/*.sh run them.
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
BENCH     := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(BENCH_SRC))
BENCH_AR  := $(CORE_AR) $(call lib,agent-ipc)
$(BUILD)/bench/rows: BENCH_LIBS = $(SNMP_LIBS)
$(BUILD)/bench/%: $(objdir)/tests/bench/%.o $(BENCH_AR)
	$(call link,$(BENCH_AR),$(CORE_LIBS) $(BENCH_LIBS))
bench-programs: $(BENCH)

# `make check` builds each program of tests/fuzz with a plain main and replays its corpus;
# `make fuzz` builds them with clang's libFuzzer and runs each for TIME seconds.
TIME ?= 60
FUZZ_NAMES := $(patsubst tests/fuzz/%.c,%,$(filter-out %/main.c,$(sort $(wildcard tests/fuzz/*.c))))
FUZZ       := $(addprefix $(BUILD)/fuzz/,$(FUZZ_NAMES))
FUZZ_AR     = $(call lib,monitor) $(call lib,agent-ipc) $(call lib,mib) $(CORE_AR)
FUZZ_MAIN  ?= $(objdir)/tests/fuzz/main.o
FUZZ_SAN   := -fsanitize=address,undefined -fno-sanitize-recover=undefined
$(BUILD)/fuzz/agentx: $(call lib,agent-snmp)
$(BUILD)/fuzz/agentx: FUZZ_AR += $(call lib,agent-snmp)
$(BUILD)/fuzz/snmp_log $(BUILD)/fuzz/reports: FUZZ_AR += $(call lib,agent-daemon)
$(BUILD)/fuzz/reports: $(call lib,agent-daemon)
$(BUILD)/fuzz/reports: FUZZ_LIBS = $(CAP_LIBS)
$(BUILD)/fuzz/packets: $(call lib,agent-snmp)
$(BUILD)/fuzz/packets: FUZZ_AR += $(call lib,agent-snmp)
$(BUILD)/fuzz/packets: FUZZ_LIBS = $(SNMP_LIBS) $(CAP_LIBS) $(SECCOMP_LIBS)
$(BUILD)/fuzz/observer: $(call lib,cli)
$(BUILD)/fuzz/observer: FUZZ_AR += $(call lib,cli)
$(BUILD)/fuzz/%: LINK_FLAGS = $(FUZZ_LINK)
$(BUILD)/fuzz/%: $(objdir)/tests/fuzz/%.o $(FUZZ_MAIN) $(FUZZ_AR)
	$(call link,$(FUZZ_AR),$(CORE_LIBS) $(FUZZ_LIBS))
fuzz-programs: $(FUZZ)

# ---------------------------------------------------------------- checks

SCRIPTS := $(filter-out %/lib.sh,$(sort $(wildcard tests/integration/*.sh tests/fault/*.sh)))
QUICK   := tests/integration/10-life.sh tests/integration/40-oids.sh
LINTS   := $(addprefix tests/lint/,layers.sh names.sh circles.sh size.sh english.sh mib.sh install.sh reports.sh messages.sh options.sh hardened.sh)

.PHONY: deps check check-built check-unit check-quick lint fuzz bench demo demo-built
deps: ## install the packages that building and testing need
	sh scripts/deps.sh check

# A second make is needed: pkg-config finds nothing before deps.sh has installed it.
check: ## run all tests; the last line is "N passed, N failed"
	@sh scripts/deps.sh check
	@$(MAKE) --no-print-directory -j$$(nproc) all unit tools fuzz-programs
	@$(MAKE) --no-print-directory check-built
check-built:
	@tests/run $(BUILD) $(UNIT) $(FUZZ) $(LINTS) $(SCRIPTS)
check-unit: unit ## run the unit tests
	@tests/run $(BUILD) $(UNIT)
# Unit tests and a few scripts, for slow builds (sanitizers).
check-quick:
	@tests/run $(BUILD) $(UNIT) $(FUZZ) $(QUICK)
lint: all ## check layout, names, sizes, wording, formatting; print the counts
	@LIMIT=600 tests/run $(BUILD) $(LINTS) tests/lint/format.sh

# docs/integrations with the real programs. What this machine cannot run is reported as skipped.
INTEGRATIONS := $(filter-out %/lib.sh,$(sort $(wildcard tests/integrations/*.sh)))
.PHONY: check-integrations check-integrations-built
check-integrations: ## test docs/integrations with the real programs, which are downloaded
	@sh scripts/deps.sh integrations
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(MAKE) --no-print-directory check-integrations-built
check-integrations-built:
	@LIMIT=$(or $(LIMIT),600) tests/run $(BUILD) $(INTEGRATIONS)
.PHONY: check-zabbix
check-zabbix: ## import the template into a real Zabbix server and poll a host with it
	@sh scripts/deps.sh zabbix
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@LIMIT=$(or $(LIMIT),400) tests/run $(BUILD) tests/zabbix/zabbix.sh

# The fault suites in full; `make check` runs a short form of them.
FAULTS := $(sort $(wildcard tests/fault/[0-9]*.sh))
.PHONY: check-fault soak analyze coverage mutations
check-fault: all tools ## run the fault tests in full, as root: in under 15 minutes
	@FAULTS=long CHURN_SECONDS=60 LIMIT=400 tests/run $(BUILD) $(FAULTS) \
	    tests/integration/86-churn.sh
soak: all tools ## all faults at random for TIME=600 seconds with SEED=1, as root
	@SOAK_TIME=$(if $(filter file,$(origin TIME)),600,$(TIME)) SEED=$(or $(SEED),1) LIMIT=1000000 \
	    tests/run $(BUILD) tests/soak/run.sh
coverage: ## line and branch coverage of the unit and integration tests (gcov), as root
	@python3 tests/lint/coverage.py $(BUILD) $$(nproc) $(SUITES)
# Unit tests that notice a broken line (tests/lint/mutations.py).
mutations: ## break N=50 lines (of FILES), chosen by SEED=1, and count what the unit tests notice
	@python3 tests/lint/mutations.py $(BUILD) $(or $(N),50) $(or $(SEED),1) $(FILES)
analyze: ## run gcc -fanalyzer, clang-tidy and cppcheck; print what is not explained
	@python3 tests/lint/analyze.py $(BUILD) $$(nproc) $(ANALYZERS)

# The same rules, in a separate build folder.
fuzz: ## run the fuzz programs with libFuzzer, each for TIME=60 seconds
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/libfuzzer CC=clang FUZZ_MAIN= \
	    SAN='$(FUZZ_SAN) -fsanitize=fuzzer-no-link' FUZZ_LINK=-fsanitize=fuzzer fuzz-programs
	@set -e; for n in $(FUZZ_NAMES); do mkdir -p $(BUILD)/libfuzzer/found/$$n; \
	    $(BUILD)/libfuzzer/fuzz/$$n -max_total_time=$(TIME) -print_final_stats=1 \
	    -artifact_prefix=$(BUILD)/libfuzzer/found/ $(BUILD)/libfuzzer/found/$$n \
	    tests/fuzz/corpus/$$n; done

# Tests on kernels with SELinux, AppArmor and no module, in qemu (tests/vm/run.sh).
VM_MODES ?= enforcing permissive apparmor none
.PHONY: check-vm
check-vm: ## test on kernels with SELinux, AppArmor and no module (qemu)
	@sh scripts/deps.sh vm
	@$(MAKE) --no-print-directory -j$$(nproc) all $(BUILD)/vm/relabel selinux-module
	@BUILD=$(BUILD) bash tests/vm/run.sh $(VM_MODES)
$(BUILD)/vm/relabel: $(objdir)/tests/vm/relabel.o
	$(call link)

bench: all tools bench-programs ## measure the figures of docs/performance.md, in 20 minutes
	@BUILD=$(BUILD) bash tests/bench/run.sh

MODE ?= agentx
demo: ## show the agent and its notifications on loopback in under 40 s (MODE=standalone: without snmpd)
	@sh scripts/deps.sh demo
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(MAKE) --no-print-directory demo-built
demo-built:
	@bash scripts/demo.sh $(BUILD) $(MODE)

# ---------------------------------------------------------------- install

UNITDIR     ?= $(or $(call pkg,--variable=systemdsystemunitdir,systemd),/usr/lib/systemd/system)
SYSUSERSDIR ?= /usr/lib/sysusers.d
TMPFILESDIR ?= /usr/lib/tmpfiles.d
CATALOGDIR  ?= /usr/lib/systemd/catalog
DOCDIR      ?= $(DATADIR)/doc/procgroup
# The folders where mon and Nagios expect their monitors and plugins.
MONDIR      ?= $(PREFIX)/lib/mon/mon.d
PLUGINDIR   ?= $(PREFIX)/lib/nagios/plugins
BASHCOMPDIR ?= $(DATADIR)/bash-completion/completions
ZSHCOMPDIR  ?= $(DATADIR)/zsh/vendor-completions
D := $(DESTDIR)

.PHONY: install uninstall
install: all ## install; set DESTDIR, PREFIX, SYSCONFDIR, UNITDIR, ... as needed
	$(INSTALL) -d $(D)$(BINDIR) $(D)$(SBINDIR) $(D)$(LIBEXECDIR)/procgroup \
	    $(D)$(MANDIR)/man1 $(D)$(MANDIR)/man5 $(D)$(MANDIR)/man7 $(D)$(MANDIR)/man8 $(D)$(UNITDIR) \
	    $(D)$(SYSUSERSDIR) $(D)$(TMPFILESDIR) $(D)$(CATALOGDIR) $(D)$(DATADIR)/snmp/mibs $(D)$(DATADIR)/procgroup/mibs \
	    $(D)$(SYSCONFDIR)/procgroup/conf.d $(D)$(SYSCONFDIR)/snmp/snmpd.conf.d \
	    $(D)$(MONDIR) $(D)$(PLUGINDIR) $(D)$(DOCDIR)/docs
	$(INSTALL) -m 755 $(bindir)/procgroup $(D)$(BINDIR)
	$(INSTALL) -m 755 $(bindir)/snmp-procgroup $(D)$(BINDIR)
	$(INSTALL) -m 755 $(bindir)/procgroupd $(D)$(SBINDIR)
	$(INSTALL) -m 755 $(bindir)/procgroupd-snmp $(D)$(LIBEXECDIR)/procgroup
	ln -sf $(BINDIR)/procgroup $(D)$(MONDIR)/procgroup.monitor
	ln -sf $(BINDIR)/snmp-procgroup $(D)$(MONDIR)/snmp-procgroup.monitor
	ln -sf $(BINDIR)/procgroup $(D)$(PLUGINDIR)/check_procgroup
	ln -sf $(BINDIR)/snmp-procgroup $(D)$(PLUGINDIR)/check_snmp_procgroup
	$(INSTALL) -m 644 README.md NEWS.md $(D)$(DOCDIR)
	cp -R --no-preserve=ownership docs/*.md docs/*.svg docs/examples docs/integrations $(D)$(DOCDIR)/docs
	$(INSTALL) -m 644 docs/*.1 $(D)$(MANDIR)/man1
	$(INSTALL) -m 644 docs/*.5 $(D)$(MANDIR)/man5
	$(INSTALL) -m 644 docs/*.7 $(D)$(MANDIR)/man7
	$(INSTALL) -m 644 docs/*.8 $(D)$(MANDIR)/man8
	sh scripts/move-root.sh $(MIB_ROOT) mib <mibs/PROCGROUP-MIB.txt \
	    >$(D)$(DATADIR)/snmp/mibs/PROCGROUP-MIB.txt
	$(INSTALL) -m 644 mibs/base/* $(D)$(DATADIR)/procgroup/mibs
	$(INSTALL) -m 644 docs/procgroup.schema.json $(D)$(DATADIR)/procgroup
	$(INSTALL) -D -m 644 completion/procgroup.bash $(D)$(BASHCOMPDIR)/procgroup
	$(INSTALL) -D -m 644 completion/_procgroup $(D)$(ZSHCOMPDIR)/_procgroup
	$(INSTALL) -D -m 644 completion/snmp-procgroup.bash $(D)$(BASHCOMPDIR)/snmp-procgroup
	$(INSTALL) -D -m 644 completion/_snmp-procgroup $(D)$(ZSHCOMPDIR)/_snmp-procgroup
	sh scripts/move-root.sh $(MIB_ROOT) conf <snmpd.conf.d/procgroup.conf \
	    >$(D)$(SYSCONFDIR)/snmp/snmpd.conf.d/procgroup.conf
	sed 's,@SBINDIR@,$(SBINDIR),' systemd/procgroupd.service \
	    >$(D)$(UNITDIR)/procgroupd.service
	$(INSTALL) -m 644 systemd/procgroup.sysusers $(D)$(SYSUSERSDIR)/procgroup.conf
	$(INSTALL) -m 644 systemd/procgroup.tmpfiles $(D)$(TMPFILESDIR)/procgroup.conf
	$(INSTALL) -m 644 systemd/procgroup.catalog $(D)$(CATALOGDIR)
	test -e $(D)$(SYSCONFDIR)/procgroup/procgroup.conf || $(INSTALL) -m 644 \
	    docs/examples/procgroup.conf $(D)$(SYSCONFDIR)/procgroup/procgroup.conf
	@echo 'The unit needs the account procgroup. Now, and after an upgrade, run:'
	@echo '    systemd-sysusers && systemd-tmpfiles --create procgroup.conf && systemctl daemon-reload'
	@echo 'and, for journalctl -x: journalctl --update-catalog'

# Keeps files that an administrator may have changed: /etc/procgroup, /etc/snmp, the
# state file.
uninstall: ## remove what install installed
	rm -f $(D)$(BINDIR)/procgroup $(D)$(BINDIR)/snmp-procgroup $(D)$(SBINDIR)/procgroupd \
	    $(D)$(MONDIR)/procgroup.monitor $(D)$(MONDIR)/snmp-procgroup.monitor \
	    $(D)$(PLUGINDIR)/check_procgroup $(D)$(PLUGINDIR)/check_snmp_procgroup \
	    $(patsubst docs/%,$(D)$(MANDIR)/man1/%,$(wildcard docs/*.1)) \
	    $(patsubst docs/%,$(D)$(MANDIR)/man5/%,$(wildcard docs/*.5)) \
	    $(patsubst docs/%,$(D)$(MANDIR)/man7/%,$(wildcard docs/*.7)) \
	    $(patsubst docs/%,$(D)$(MANDIR)/man8/%,$(wildcard docs/*.8)) \
	    $(D)$(DATADIR)/snmp/mibs/PROCGROUP-MIB.txt $(D)$(UNITDIR)/procgroupd.service \
	    $(D)$(SYSUSERSDIR)/procgroup.conf $(D)$(TMPFILESDIR)/procgroup.conf \
	    $(D)$(CATALOGDIR)/procgroup.catalog \
	    $(D)$(BASHCOMPDIR)/procgroup $(D)$(ZSHCOMPDIR)/_procgroup \
	    $(D)$(BASHCOMPDIR)/snmp-procgroup $(D)$(ZSHCOMPDIR)/_snmp-procgroup \
	    $(D)$(DATADIR)/selinux/packages/procgroup.pp \
	    $(D)$(DATADIR)/selinux/devel/include/contrib/procgroup.if \
	    $(D)$(SYSCONFDIR)/apparmor.d/usr.sbin.procgroupd
	rm -rf $(D)$(LIBEXECDIR)/procgroup $(D)$(DATADIR)/procgroup $(D)$(DOCDIR)

# ---------------------------------------------------------------- security modules

# selinux-policy-dev provides the headers; its makefile builds in the current folder.
SELINUX_DEVEL ?= /usr/share/selinux/devel/Makefile
.PHONY: selinux-module install-selinux install-apparmor
selinux-module: $(BUILD)/selinux/procgroup.pp
$(BUILD)/selinux/procgroup.pp: $(wildcard agent/selinux/*)
	$(say) POL $@
	@test -e $(SELINUX_DEVEL) || { echo 'selinux-policy-dev is not installed' >&2; exit 1; }
	@mkdir -p $(@D) && cp agent/selinux/* $(@D)
	$(Q)$(MAKE) -s -C $(@D) -f $(SELINUX_DEVEL) procgroup.pp >$(@D)/log 2>&1 || \
	    { cat $(@D)/log >&2; exit 1; }
# "make install SELINUX=1 APPARMOR=1" installs these as well.
install: $(if $(filter 1,$(SELINUX)),install-selinux) $(if $(filter 1,$(APPARMOR)),install-apparmor)
install-selinux: selinux-module
	$(INSTALL) -d $(D)$(DATADIR)/selinux/packages $(D)$(DATADIR)/selinux/devel/include/contrib
	$(INSTALL) -m 644 $(BUILD)/selinux/procgroup.pp $(D)$(DATADIR)/selinux/packages
	$(INSTALL) -m 644 agent/selinux/procgroup.if $(D)$(DATADIR)/selinux/devel/include/contrib
install-apparmor:
	$(INSTALL) -d $(D)$(SYSCONFDIR)/apparmor.d
	$(INSTALL) -m 644 agent/apparmor/usr.sbin.procgroupd $(D)$(SYSCONFDIR)/apparmor.d

# ---------------------------------------------------------------- packages

# A build of its own from the files that git knows: docs/packaging.md.
.PHONY: deb
deb: ## build the Debian packages into build/deb (BPF=0: without the program in the kernel)
	@sh scripts/deps.sh deb
	@bash scripts/deb.sh $(BUILD)/deb $(if $(filter 0,$(BPF)),-Ppkg.procgroup.nobpf)

# RELEASES="bookworm:build trixie rpm" tests these only. The virtual machine has systemd.
.PHONY: check-packages
check-packages: ## build the packages, install them in fresh trees of Debian 12 and 13 and a VM, as root
	@sh scripts/deps.sh packages
	@bash tests/packages/run.sh $(RELEASES)
	@BUILD=$(BUILD) bash tests/vm/run.sh package
# READMES="bookworm:README bookworm:mon" follows these only.
.PHONY: check-readme
check-readme: ## follow each README to the letter in fresh trees of Debian 12 and 13, as root
	@sh scripts/deps.sh packages
	@bash tests/packages/readme.sh $(READMES)

# ---------------------------------------------------------------- the rest

.PHONY: clean help
clean: ## remove the build folder
	rm -rf $(BUILD)

help: ## list the targets
	@sed -nE 's/^([a-z_.-]+):.* ## (.*)/\1|\2/p' $(MAKEFILE_LIST) | sort | \
	    while IFS='|' read -r target text; do printf '  %-22s %s\n' "$$target" "$$text"; done
	@printf '\nVariables: V=1 (print commands), WERROR=1, SANITIZE=1, BUILD=dir; more in Makefile\n'

-include $(shell find $(objdir) -name '*.d' 2>/dev/null)
