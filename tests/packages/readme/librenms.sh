# shellcheck shell=bash
skips() { echo 'not in Debian'; }
