#!/bin/bash
# The programs are built with the protections of the compiler and the linker.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
passed=0 failed=0
# check WHAT COMMAND...
check() {
    local what=$1
    shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "not ok - $what"; fi
}
for program in "$BUILD"/bin/*; do
    head=$(readelf -hW "$program") segments=$(readelf -lW "$program")
    dynamic=$(readelf -dW "$program") symbols=$(readelf --dyn-syms -W "$program")
    name=${program##*/}
    has() { grep -qE -- "$2" <<<"$1"; }
    lacks() { ! has "$@"; }
    check "$name: position-independent" has "$head" 'Type: +DYN'
    check "$name: marked as a program" has "$dynamic" 'FLAGS_1.* PIE'
    check "$name: all symbols are bound at the start" has "$dynamic" 'FLAGS.*NOW'
    check "$name: which makes their table read-only" has "$segments" GNU_RELRO
    check "$name: no executable stack" has "$segments" 'GNU_STACK +[0-9a-fx ]+ RW +'
    check "$name: no writable code" lacks "$segments" 'LOAD.* RWE '
    check "$name: no path of the build host for libraries" lacks "$dynamic" 'RPATH|RUNPATH'
    grep -qa __asan_init "$program" && continue # has more
    check "$name: stack protector" has "$symbols" '__stack_chk_fail'
    check "$name: fortified functions" has "$symbols" '__(v?snprintf|memcpy|read|printf|fprintf)_chk'
done
# The startup files of the C library may lack the mark, and then the programs do.
object=$BUILD/obj/agent/ipc/ipc.o
if [ "$(uname -m)" = x86_64 ]; then
    check "control-flow protection" grep -q 'IBT, SHSTK' <(readelf -nW "$object")
    # How the compiler touches each page of a large frame. Not every program has one.
    probe='orq +\$0x0,\(%rsp\)'
    readelf -p .comment "$BUILD/bin/procgroupd" | grep -q clang && probe='movq +\$0x0,\(%rsp\)'
    check "large stack frames are probed" grep -qE "$probe" <(objdump -d --no-show-raw-insn "$BUILD/bin/procgroupd")
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
