#!/bin/bash
# Plain words: nothing but a person is spoken of as a person, and one thing has one name.
# Prints FILE:LINE: WORD: TEXT for each word to be replaced.
#
#   tests/lint/english.sh [FILE...]     without arguments all that is written in words
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8
if [ $# = 0 ]; then
    shopt -s nullglob globstar
    set -- src/**/*.[ch] agent/**/*.[ch] agent/{selinux,apparmor}/* tests/*/*.[ch] \
        tests/{integration,integrations,zabbix,fault,vm,bench,lint,tools}/*.sh tests/run tests/vm/machine scripts/* .ci/run \
        Makefile build.mk *.md docs/**/*.md docs/*.[1578] docs/**/*.conf docs/**/*.cf mibs/*.txt \
        systemd/* snmpd.conf.d/*
fi
exec perl - "$@" <<'EOF_PERL'
use strict;
use warnings;

# Where a rule holds: m(essages: string literals, what scripts print), c(omments),
# d(ocuments: README, docs, manual pages, the MIB), i(dentifiers of C).
# A word is matched as a whole; in identifiers also between underscores. The exceptions are
# cut out of the text before it is searched.
my @rules = (
    # where   words, what to write instead, exceptions
    [ 'mcd',  'who|whom|whoever', 'a thing is "it": that, which',
        '(?:administrators?|persons?|people|readers?|contributors?|operators?|attackers?) (?:\S+ )?who|who(?:\(1\)| am i)' ],
    [ 'mcd',  'he|him|his|himself|she|her|hers', 'it, its', '' ],
    [ 'mcd',  'nobody|somebody|anybody|everybody', 'no process, a process, any process',
        '(?:account|user|uid|group|as|for|is)\s"?nobody\b"?|^nobody$|["\x27:/=(,]nobody["\x27:/,;)]|nobody:(?:nogroup|x)' .
        '|nobody (?:account|user)|pg-nobody\S*|procgroup, nobody|[({]nobody[)}]|as_nobody|=nobody|\.Li nobody|"nobody' ],
    [ 'mcd',  'tells?|telling|told', 'report, print, notify, distinguish', '(?:tells?|told|telling) (?:\S+ ){0,5}apart' ],
    [ 'mcd',  'looks?|looked|looking', 'scan, read, check, search', 'look(?:s|ed|ing)?[ -]up|look(?:s|ed|ing)? like' ],
    [ 'mcd',  'hears?|heard|hearing', 'receive', '' ],
    [ 'mcd',  'asks?|asked|asking|asker', 'request, query, read', 'ask(?:s|ed|ing)? for' ],
    [ 'mcd',  'taken for|takes? for', 'counts as, is identified as', '' ],
    [ 'mcd',  '(?:is|are|was|were) no(?! (?:longer|more|less|fewer))(?= [a-z])', 'is not',
        'there (?:is|are|was|were) no\b' ],
    [ 'mcd',  'none too (?:many|few)|goes? alone|stands? for itself', 'plain words', '' ],
    [ 'mcdi', 'board|boards', 'table image', '(?:main|mother|key|clip)board' ],
    [ 'mcdi', 'ledger|ledgers', 'state file, state store', '' ],
    [ 'mcdi', 'tally|tallies|tallied', 'match', '' ],
    [ 'mcdi', 'watcher|watchers', 'daemon', '' ],
    [ 'mcd',  'the watch', 'the engine', '' ],
    [ 'mcd',  'the (?:SNMP|other|unprivileged) side|SNMP sides?', 'SNMP process', '' ],
    [ 'mcdi', 'collector|collectors', 'source', '^collector$|--collector\S*|Fl -collector|procGroupAgentCollector\w*|process collector\b|garbage collector' ],
    [ 'mcdi', 'asker|askers', 'poll target', '' ],
    [ 'mcdi', 'puppet|puppets', 'test child', '' ],
    [ 'mcdi', 'glance|glances|glanced', 'stat sample', 'at a glance' ],
    [ 'mcdi', 'keyed', 'key-value file', '' ],
    [ 'mcdi', 'transition|transitions', 'event', '' ],
    [ 'mcdi', 'verdicts?_(?:reach|raised)|newborns?|unplaced|transitional', 'see docs/architecture.md', '' ],
    [ 'mcd',  'room|rooms|house|houses', 'module', 'room for|no room|enough room|make room' ],
    [ 'mcd',  'face|faces', 'output format', '' ],
    [ 'mcd',  'births?|born', 'start of a process', '' ],
    [ 'mcd',  'track|tracks', 'process state', 'keep(?:s|ing)? track' ],
    [ 'mcd',  '(?:parts|_parts)\.h', 'internal.h', '' ],
    [ 'c',    'see design|design section', 'give the reason itself', '' ],
);

my ($passed, $failed) = (0, 0);

# kind -> all of its words in one pattern: most texts have none of them.
my %any;
for my $kind (qw(m c d i)) {
    my $words = join '|', map { $_->[1] } grep { index($_->[0], $kind) >= 0 } @rules;
    $any{$kind} = $kind eq 'i' ? qr/$words/ : qr/\b(?:$words)\b/i;
}

# [LINE, KIND, TEXT] of C: string literals are messages, the rest is identifiers.
sub parts_of_c {
    my ($text) = @_;
    my ($line, @parts) = (1);
    while ($text =~ m{\G(?:
            (?<c>/\*.*?\*/ | //[^\n]*)
          | "(?<m>(?:[^"\\\n]|\\.)*)"
          | \x27(?:[^\x27\\\n]|\\.)*\x27
          | (?<nl>\n)
          | (?<i>(?:[^"\x27/\n]|/(?![*/]))+)
          | (?<any>.) )}gsx) {
        if (defined $+{nl}) { $line++ }
        elsif (defined $+{m}) { push @parts, [ $line, 'm', $+{m} ] }
        elsif (defined $+{i}) {
            my $code = $+{i};
            push @parts, [ $line, 'i', $code ] if $code !~ /^\s*#\s*include\b/;
        }
        elsif (defined $+{c}) {
            for (split /\n/, $+{c}, -1) { push @parts, [ $line++, 'c', $_ ] }
            $line--;
        }
    }
    return @parts;
}

# The same of a script or a makefile: what is no comment may be a message.
sub parts_of_script {
    my ($text) = @_;
    my ($line, @parts) = (0);
    for (split /\n/, $text) {
        $line++;
        my ($code, $comment) = /^((?:.*?\s)?)(#.*)$/ ? ($1, $2) : ($_, '');
        push @parts, [ $line, 'm', $code ], [ $line, 'c', $comment ];
    }
    return @parts;
}

sub parts_of_document {
    my ($text) = @_;
    my $line = 0;
    $text =~ s/\\-/-/g; # roff
    $text =~ s/\\f.//g;
    return map { $line++; [ $line, 'd', $_ ] } split /\n/, $text;
}

for my $file (@ARGV) {
    next if -d $file || $file eq 'tests/lint/english.sh';
    open my $in, '<:encoding(UTF-8)', $file or die "$file: $!\n";
    my $text = do { local $/; <$in> } // '';
    my @parts
        = $file =~ /\.[ch]$/ ? parts_of_c($text)
        : $text =~ /^#!/ || $file =~ m{\.sh$|Makefile$|build\.mk$} ? parts_of_script($text)
        : parts_of_document($text);
    my $wrong = 0;
    for my $part (@parts) {
        my ($line, $kind, $words) = @$part;
        next if $words !~ $any{$kind};
        for (@rules) {
            my ($where, $pattern, $instead, $except) = @$_;
            next if index($where, $kind) < 0;
            my $left = $words;
            $left =~ s/$except/ /gi if $except ne '';
            next if $left !~ ($kind eq 'i' ? qr/(?<![a-z])($pattern)(?![a-z])/ : qr/\b($pattern)\b/i);
            my $word = $1;
            (my $shown = $words) =~ s/^\s+//;
            print "$file:$line: $word: $shown   [$instead]\n";
            $wrong++;
        }
    }
    $wrong ? $failed++ : $passed++;
}
print "$passed passed, $failed failed\n";
exit($failed != 0);
EOF_PERL
