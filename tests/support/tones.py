"""Audio files of a 1 kHz beep in any codec and container, and files damaged as broken tools leave them."""

import struct
from fractions import Fraction

import av
import numpy as np

from ravs.media import read_audio

HZ = 48000


def write_tone(path, seconds, beep, codec="aac", rate_hz=HZ, layout="stereo", start_s=0, container=None):
    """A file of audio only: 1 kHz at half scale from `beep` s on for 0.2 s; all stamps moved by start_s."""
    channels = av.AudioLayout(layout).nb_channels
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = 0.5 * np.sin(2 * np.pi * 1000 * times) * ((times >= beep) & (times < beep + 0.2))
    with av.open(str(path), "w", options=container or {}) as file:
        stream = file.add_stream(codec, rate=rate_hz, layout=layout)
        sample_format = {"mp3": "s16p", "libmp3lame": "s16p", "ac3": "fltp", "mp2": "s16"}.get(codec, "fltp")
        frame = frame_of(wave, sample_format, channels, layout)
        frame.sample_rate, frame.time_base = rate_hz, Fraction(1, rate_hz)
        frame.pts = round(start_s * rate_hz)
        file.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def frame_of(wave, sample_format, channels, layout):
    """The same samples on all channels."""
    samples = np.repeat(wave[None], channels, axis=0)
    is_int16 = sample_format.startswith("s16")
    samples = np.round(samples * 32767).astype(np.int16) if is_int16 else samples.astype(np.float32)
    if not sample_format.endswith("p"):
        samples = samples.T.reshape(1, -1)
    return av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format=sample_format, layout=layout)


def beeps(path, **options):
    """When each beep of a file begins, and its pitch in Hz by its zero crossings."""
    wave = read_audio(path, HZ, **options)[0]
    loud = np.flatnonzero(np.abs(wave) > 0.1)
    found = []
    for first in [at for before, at in zip([-HZ, *loud], loud, strict=False) if at - before > HZ // 10]:
        part = wave[first + HZ // 100 : first + HZ * 16 // 100]
        rising = np.flatnonzero((part[:-1] < 0) & (part[1:] >= 0))
        found.append((first / HZ, (len(rising) - 1) * HZ / (rising[-1] - rising[0])))
    return found


def move_stamp(path, by_ms, number=60):
    """Move the stamp of an FLV's n-th audio packet, as live recorders do."""
    data, at, seen = bytearray(path.read_bytes()), 13, 0
    while at + 11 < len(data):
        size, stamp = (int.from_bytes(data[at + first : at + first + 3], "big") for first in (1, 4))
        if data[at] == 8:
            seen += 1
            if seen == number:  # 32 bits, of which the highest eight come last
                data[at + 4 : at + 8] = (stamp + by_ms << 8 | stamp + by_ms >> 24).to_bytes(5, "big")[1:]
        at += 11 + size + 4
    assert seen >= number
    path.write_bytes(data)
    return path


def write_tracks(path, dispositions, beep_in, languages=None):
    """A video of two seconds with a sound track for each of these dispositions; one of them (from 0) beeps."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        tracks = [file.add_stream("mp2", rate=HZ, layout="stereo") for _ in dispositions]
        for number, (track, disposition) in enumerate(zip(tracks, dispositions, strict=True)):
            track.disposition = disposition
            track.metadata.update({"language": languages[number]} if languages else {})
        image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")
        packets = [packet for _ in range(50) for packet in video.encode(image)] + video.encode(None)
        times = np.arange(2 * HZ) / HZ
        for number, track in enumerate(tracks):
            loud = (times >= 1.0) & (times < 1.2) if number == beep_in else np.zeros_like(times)
            frame = frame_of(0.5 * np.sin(2 * np.pi * 1000 * times) * loud, "s16", 2, "stereo")
            frame.sample_rate, frame.time_base, frame.pts = HZ, Fraction(1, HZ), 0
            packets += [*track.encode(frame), *track.encode(None)]
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            file.mux(packet)
    return path


def split_programs(path):
    """Make an MPEG-TS's last sound track a program of its own, which comes first."""
    cells = [bytearray(path.read_bytes()[at : at + 188]) for at in range(0, path.stat().st_size, 188)]
    tables = next(cell for cell in cells if pid_of(cell) == 0x1000)
    section = tables[5 : 5 + 3 + (int.from_bytes(tables[6:8], "big") & 0xFFF)]
    streams, at = [], 12 + (int.from_bytes(section[10:12], "big") & 0xFFF)
    while at < len(section) - 4:
        size = 5 + (int.from_bytes(section[at + 3 : at + 5], "big") & 0xFFF)
        streams.append(bytes(section[at : at + size]))
        at += size
    radio = table(2, 1, b"\xe1\x00\xf0\x00" + streams[-1])
    video = table(2, 2, b"\xe1\x00\xf0\x00" + b"".join(streams[:-1]))
    both = table(0, 1, b"\x00\x01\xf0\x01\x00\x02\xf0\x00")
    found = []
    for cell in cells:
        if pid_of(cell) == 0:
            found.append(packet_of(cell, both))
        elif pid_of(cell) == 0x1000:
            other = bytearray(cell)
            other[1:3] = (0x4000 | 0x1001).to_bytes(2, "big")
            found += [packet_of(other, radio), packet_of(cell, video)]
        else:
            found.append(bytes(cell))
    path.write_bytes(b"".join(found))
    return path


def pid_of(cell):
    return int.from_bytes(cell[1:3], "big") & 0x1FFF


def packet_of(cell, section):
    return (bytes(cell[:4]) + b"\0" + section).ljust(188, b"\xff")


def table(kind, number, body):
    """A section of program tables with its checksum."""
    head = bytes([kind]) + (0xB000 | len(body) + 9).to_bytes(2, "big") + number.to_bytes(2, "big") + b"\xc1\0\0"
    return head + body + crc32_mpeg(head + body).to_bytes(4, "big")


def crc32_mpeg(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc


def cut_out(path, from_s, to_s):
    """Cut a part out of an MP4 by its edit lists, as phones do; its header must come after its media."""
    data = bytearray(path.read_bytes())
    per_second = number_at(data, data.rindex(b"mvhd") + 16)
    at = len(data)
    while (at := data.rfind(b"elst", 0, at)) > 0:
        lasts, first = number_at(data, at + 12), number_at(data, at + 16)
        media_per_second = number_at(data, data.index(b"mdhd", at) + 16)
        edits = (from_s * per_second, first), (lasts - to_s * per_second, first + to_s * media_per_second)
        body = b"\0\0\0\0\0\0\0\2" + b"".join(struct.pack(">IIHH", *edit, 1, 0) for edit in edits)
        added = 8 + len(body) - number_at(data, at - 4)
        data[at - 4 : at - 4 + number_at(data, at - 4)] = struct.pack(">I", 8 + len(body)) + b"elst" + body
        for kind in (b"edts", b"trak", b"moov"):
            box = data.rindex(kind, 0, at) - 4
            data[box : box + 4] = struct.pack(">I", number_at(data, box) + added)
    path.write_bytes(data)
    return path


def number_at(data, at):
    return int.from_bytes(data[at : at + 4], "big")
