"""Audio of any number of channels, named in any order; each channel is a constant of its own."""

import struct

import av
import numpy as np

LAYOUT_HZ = 16000
STEP = 1 / 256  # channel i is (i + 1) steps loud: sums stay below full scale
QUICKTIME = {  # labels of Core Audio, and what FFmpeg calls them
    "FL": 1, "FR": 2, "FC": 3, "LFE": 4, "BL": 5, "BR": 6, "FLC": 7, "FRC": 8, "BC": 9, "SL": 10, "SR": 11, "TC": 12,
    "TFL": 13, "TFC": 14, "TFR": 15, "TBL": 16, "TBC": 17, "TBR": 18, "WL": 35, "WR": 36, "UNK": 42, "UNSD": 0,
}  # fmt: skip


def steps(count, samples):
    """Channels, samples: int16."""
    levels = np.round(np.arange(1, count + 1) * STEP * 32768).astype(np.int16)
    return np.repeat(levels[:, None], samples, axis=1)


def write_layout(path, layout, count, codec="pcm_s16le", **options):
    """A sound whose header has this layout, as FFmpeg writes it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=options.get("rate", LAYOUT_HZ), layout=layout)
        stream.codec_context.options = options.get("options", {})
        samples, form = steps(count, options.get("samples", 2000)), "s16"
        if not codec.startswith("pcm"):
            samples, form = samples.astype(np.float32) / 32768, "flt"
        frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1).copy(), format=form, layout=layout)
        frame.sample_rate = options.get("rate", LAYOUT_HZ)
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def write_labelled(path, names):
    """A QuickTime file of PCM whose channels are labelled one by one, in any order."""
    data = bytearray(write_layout(path, f"{len(names)} channels", len(names)).read_bytes())
    entry = data.rindex(b"sowt") - 4
    end = entry + int.from_bytes(data[entry : entry + 4], "big")
    data[entry:end] = data[entry:end].replace(b"chan", b"free")
    body = struct.pack(">IIII", 0, 0, 0, len(names))
    body += b"".join(struct.pack(">IIIII", QUICKTIME[name], 0, 0, 0, 0) for name in names)
    data[end:end] = struct.pack(">I", len(body) + 8) + b"chan" + body
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"sowt"):
        at = data.rindex(kind, 0, entry + 8) - 4
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + len(body) + 8).to_bytes(4, "big")
    path.write_bytes(data)
    return path
