"""Write notes as a MIDI file of one track."""

import struct
from collections.abc import Sequence

from ravs.data.library.builder.melodies import Note

TICKS = 1000  # a second
LEAD_IN = 50  # ticks before the first note
TEMPO = b"\0\xff\x51\x03" + (1_000_000).to_bytes(3, "big")  # microseconds per quarter note: TICKS per second
END = b"\0\xff\x2f\0"


def midi_file(notes: Sequence[Note], channel: int, program: int, controls: Sequence[tuple[int, int]]) -> bytes:
    """The bytes of a file that sets controllers (number, value) and the program, then plays the notes."""
    events = [(0, 0, bytes([0xB0 | channel, number, value])) for number, value in controls]
    events.append((0, 0, bytes([0xC0 | channel, program])))
    for note in notes:
        begin = LEAD_IN + round(note.start_s * TICKS)
        end = begin + max(20, round(note.length_s * TICKS))
        events.append((begin, 2, bytes([0x90 | channel, note.pitch, note.velocity])))
        events.append((end, 1, bytes([0x80 | channel, note.pitch, 0])))
    track, now = bytearray(TEMPO), 0
    for at, _, message in sorted(events):
        track += variable_length(at - now) + message
        now = at
    track += END
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS) + b"MTrk" + struct.pack(">I", len(track)) + bytes(track)


def variable_length(value: int) -> bytes:
    """A number in MIDI's variable length: seven bits per byte, the highest bit set in all but the last."""
    out = bytearray([value & 127])
    while value := value >> 7:
        out.insert(0, 128 | value & 127)
    return bytes(out)
