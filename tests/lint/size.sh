#!/bin/bash
# Functions of the product stop at 40 lines (of tests at 60), files of the product at 500,
# lines at 90 columns. Prints the size of the product as well.
set -u
cd "$(dirname "$0")/../.." || exit 1

# The braces of a function stand alone in column 1 (clang-format).
measure='
    function error(text) {
        print "not ok - " FILENAME ":" text
        wrong[FILENAME] = 1
    }
    FNR == 1 { product = FILENAME !~ /^tests/; start = 0; files++ }
    product { total++ }
    /^{/ { start = FNR }
    /^}/ && start {
        lines = FNR - start
        if (lines > (product ? 40 : 60)) error(start ": a function of " lines " lines")
        if (product && lines > longest) { longest = lines; place = FILENAME ":" start }
        start = 0
    }
    length($0) > 90 {
        gsub(/[\200-\277]/, "") # UTF-8: count characters
        if (length($0) > 90) error(FNR ": a line of " length($0) " columns")
    }
    FNR == 501 && product { error(" more than 500 lines") }
    END {
        print "count: lines of src and agent: " total
        print "count: lines of the longest function: " longest " (" place ")"
        for (file in wrong) failed++
        print files - failed " passed, " failed + 0 " failed"
        exit failed > 0
    }'
LC_ALL=C awk "$measure" src/*/*.[ch] agent/*/*.[ch] tests/*/*.[ch]
status=$?
# Candidates for being folded into their caller; only counted.
if command -v ctags >/dev/null; then
    ctags -x --languages=C --kinds-C=f --fields=+e --_xformat='%N %F %n %{end} %{file}' \
        src/*/*.c agent/*/*.c | perl -ane '
            my ($name, $file, $start, $end, $static) = @F;
            next if $static ne "file" || $end - $start > 10; # with the signature and the braces
            $text{$file} //= do { local $/; open my $in, "<", $file or die; <$in> };
            my @uses = $text{$file} =~ /\b$name\b(\s*\()?/g;
            $n++ if @uses == 2 && defined $uses[1];
            END { print "count: static functions of at most 8 lines with one caller: $n\n" }'
fi
exit $status
