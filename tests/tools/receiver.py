#!/usr/bin/env python3
"""Receives notifications, answers informs, and writes the number of each event once.

    receiver.py PORT FILE       FILE gets a line "NUMBER WHICH" (WHICH: 1 violation, ...)

It has a large buffer, so that a burst of traps is not lost between the sockets.
"""
import re
import socket
import sys


def arcs(numbers):
    octets = b"\x2b"
    for n in numbers:
        part = bytes([n & 127])
        while n > 127:
            n >>= 7
            part = bytes([128 | n & 127]) + part
        octets += part
    return octets


ROOT = (6, 1, 4, 1, 8072, 9999, 9999, 2017)
# procGroupEventNumber.0 of type Gauge32, and the value of snmpTrapOID
NUMBER = re.compile(re.escape(arcs(ROOT + (1, 6, 1, 0))) + rb"\x42([\x01-\x05])(.{5})", re.S)
WHICH = re.compile(re.escape(arcs(ROOT + (0,))) + rb"(.)", re.S)
INFORM, RESPONSE = 0xA6, 0xA2

port, path = int(sys.argv[1]), sys.argv[2]
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for option in (33, socket.SO_RCVBUF):  # SO_RCVBUFFORCE needs root
    try:
        sock.setsockopt(socket.SOL_SOCKET, option, 64 << 20)
        break
    except OSError:
        pass
sock.bind(("127.0.0.1", port))
seen = set()
with open(path, "a", buffering=1) as out:
    while True:
        packet, sender = sock.recvfrom(65535)
        number, which = NUMBER.search(packet), WHICH.search(packet)
        if number:
            value = int.from_bytes(number.group(2)[:number.group(1)[0]], "big")
            if value not in seen:
                seen.add(value)
                out.write(f"{value} {which.group(1)[0] if which else '?'}\n")
        # v2c: SEQUENCE { version, community, PDU }; the response has the same length.
        at = 2 + (packet[1] & 127 if packet[1] & 128 else 0)
        at += 2 + packet[at + 1]
        at += 2 + packet[at + 1]
        if packet[at] == INFORM:
            sock.sendto(packet[:at] + bytes([RESPONSE]) + packet[at + 1:], sender)
