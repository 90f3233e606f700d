# The rules behind the Makefile: a room of the house is a folder and an archive.

ROOMS  := base model proc label rule watch mib check monitor
AGENTS := common watcher snmp
libdir := $(BUILD)/lib
objdir := $(BUILD)/obj
bindir := $(BUILD)/bin
tstdir := $(BUILD)/tests

room_src  = $(filter-out %/main.c,$(sort $(wildcard src/$(1)/*.c)))
agent_src = $(filter-out %/main.c,$(sort $(wildcard agent/$(1)/*.c)))
objs      = $(patsubst %.c,$(objdir)/%.o,$(1))
lib       = $(libdir)/$(1).a

CORE_ROOMS := watch rule label proc model base
CORE_AR    := $(call lib,watch) $(call lib,rule) $(call lib,label) $(call lib,proc) \
              $(call lib,model) $(call lib,base)

PROGRAMS := procgroup procgroupd procgroupd-snmp
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT     := $(patsubst tests/unit/%.c,$(tstdir)/%,$(UNIT_SRC))

.PHONY: all clean unit
all: $(addprefix $(bindir)/,$(PROGRAMS))

$(bindir)/procgroup: $(call objs,src/check/main.c) $(call lib,check) $(CORE_AR)
$(bindir)/procgroup: LIBS = $(CORE_LIBS)

$(bindir)/procgroupd: $(call objs,agent/watcher/main.c) $(call lib,agent-watcher) \
                      $(call lib,agent-common) $(CORE_AR)
$(bindir)/procgroupd: LIBS = $(CORE_LIBS) $(CAP_LIBS)

# The only program that is linked with net-snmp's agent library.
$(bindir)/procgroupd-snmp: $(call objs,agent/snmp/main.c) $(call lib,agent-snmp) \
                           $(call lib,agent-common) $(call lib,mib) $(CORE_AR)
$(bindir)/procgroupd-snmp: LIBS = $(SNMP_LIBS) $(CORE_LIBS) $(CAP_LIBS)

$(addprefix $(bindir)/,$(PROGRAMS)):
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

# $(1) = archive name, $(2) = sources. An empty room is an empty archive.
define archive
$(call lib,$(1)): $(call objs,$(2)) | $(libdir)
	$$(say) AR $$@
	$$(Q)rm -f $$@ && $$(AR) rcsD $$@ $$(filter %.o,$$^)
endef
$(foreach r,$(ROOMS),$(eval $(call archive,$(r),$(call room_src,$(r)))))
$(foreach a,$(AGENTS),$(eval $(call archive,agent-$(a),$(call agent_src,$(a)))))

$(libdir):
	@mkdir -p $@

# Values of the build that a source needs go in here and nowhere else.
defs := VERSION=$(VERSION) MIB_ROOT=$(MIB_ROOT) SYSCONFDIR=$(SYSCONFDIR) \
        STATEDIR=$(STATEDIR) LIBEXECDIR=$(LIBEXECDIR)
comma := ,
$(BUILD)/gen/config.h: build.mk Makefile $(BUILD)/gen/.defs
	@mkdir -p $(@D)
	@printf '/* Made by build.mk. */\n#ifndef CONFIG_H\n#define CONFIG_H\n\n' >$@.tmp
	@printf '#define CONFIG_VERSION "%s"\n' '$(VERSION)' >>$@.tmp
	@printf '#define CONFIG_MIB_ROOT %s\n' '$(subst .,$(comma) ,$(MIB_ROOT))' >>$@.tmp
	@printf '#define CONFIG_SYSCONFDIR "%s"\n' '$(SYSCONFDIR)' >>$@.tmp
	@printf '#define CONFIG_STATEDIR "%s"\n' '$(STATEDIR)' >>$@.tmp
	@printf '#define CONFIG_LIBEXECDIR "%s"\n\n#endif\n' '$(LIBEXECDIR)' >>$@.tmp
	@mv $@.tmp $@
# Changes only when a value does.
$(BUILD)/gen/.defs: FORCE
	@mkdir -p $(@D)
	@echo '$(defs)' | cmp -s - $@ || echo '$(defs)' >$@
.PHONY: FORCE

$(objdir)/%.o: %.c | $(BUILD)/gen/config.h
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# A unit test is one file, linked with the rooms it may see.
TEST_AR = $(call lib,check) $(call lib,mib) $(CORE_AR)
$(tstdir)/test_agent_common_%: TEST_AR += $(call lib,agent-common)
$(tstdir)/test_agent_snmp_%: TEST_AR += $(call lib,agent-snmp) $(call lib,agent-common)
$(tstdir)/test_agent_watcher_%: TEST_AR += $(call lib,agent-watcher) $(call lib,agent-common)
$(tstdir)/test_agent_snmp_%: UNIT_LIBS = $(SNMP_LIBS) $(CAP_LIBS)
$(tstdir)/test_agent_watcher_%: UNIT_LIBS = $(CAP_LIBS)
$(tstdir)/%: $(objdir)/tests/unit/%.o $(foreach r,$(ROOMS),$(call lib,$(r))) \
             $(foreach a,$(AGENTS),$(call lib,agent-$(a)))
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< \
	    -Wl,--start-group $(TEST_AR) -Wl,--end-group $(CORE_LIBS) $(UNIT_LIBS) $(TEST_LIBS)

unit: $(UNIT)
.PRECIOUS: $(objdir)/%.o

clean:
	rm -rf $(BUILD)

-include $(shell find $(objdir) -name '*.d' 2>/dev/null)

# Programs that measure; `tests/bench/*.sh` drive them.
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
BENCH     := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(BENCH_SRC))
.PHONY: bench-programs
bench-programs: $(BENCH)
$(BUILD)/bench/%: $(objdir)/tests/bench/%.o $(CORE_AR)
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< \
	    -Wl,--start-group $(CORE_AR) -Wl,--end-group $(CORE_LIBS)

# What several tests of proc share.
fake_proc := $(objdir)/tests/unit/fake_proc.o
puppet    := $(objdir)/tests/unit/puppet.o
$(tstdir)/test_proc_procfs $(tstdir)/test_proc_text: $(fake_proc)
$(tstdir)/test_proc_procfs $(tstdir)/test_proc_text: UNIT_LIBS = $(fake_proc)
$(tstdir)/test_proc_live: $(puppet)
$(tstdir)/test_proc_live: UNIT_LIBS = $(puppet)
