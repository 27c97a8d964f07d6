from ravs.data.library.builder.melodies import Note
from ravs.data.library.builder.midi import midi_file, variable_length


def test_numbers_are_written_as_the_midi_standard_lists_them():
    listed = {0x00: "00", 0x40: "40", 0x7F: "7f", 0x80: "8100", 0x2000: "c000", 0x3FFF: "ff7f", 0x1FFFFF: "ffff7f"}
    assert {value: variable_length(value).hex() for value in listed} == listed


def test_a_file_of_one_note_byte_by_byte():
    made = midi_file([Note(0.5, 0.1, 60, 100)], channel=2, program=40, controls=[(91, 20)])
    track = (
        "00ff51030f4240"  # a second for each quarter
        "00b25b14"  # reverb 20
        "00c228"  # instrument 40
        "8426923c64"  # after 550 ticks: note 60 on, velocity 100
        "64823c00"  # after 100 ticks: off
        "00ff2f00"
    )
    assert (
        made.hex() == "4d546864" + "00000006" + "0000" + "0001" + "03e8" + "4d54726b" + f"{len(track) // 2:08x}" + track
    )


def test_a_note_ends_before_the_next_of_its_pitch_begins():
    made = midi_file([Note(0.0, 0.5, 60, 90), Note(0.5, 0.5, 60, 91)], 0, 0, [])
    assert made.index(bytes([0x80, 60, 0])) < made.index(bytes([0x90, 60, 91]))
