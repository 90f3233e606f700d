# shellcheck shell=bash
# Has no commands, but steps in a browser: `make check-zabbix` does them by the API.
after() { echo 'not run: steps in a browser; make check-zabbix: zabbix'; }
