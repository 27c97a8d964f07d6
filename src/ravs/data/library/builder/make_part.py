"""Make one part of the library from the files of its package."""

from pathlib import Path

from ravs.data.library.builder.archives import expand_names, read_member
from ravs.data.library.builder.engines import render_drive
from ravs.data.library.builder.external_tools import ExternalTools
from ravs.data.library.builder.images import make_background, make_cutout
from ravs.data.library.builder.instruments import play_phrase
from ravs.data.library.builder.loudness import Mono, normalize_level, shorten
from ravs.data.library.builder.parts_table import PartSource
from ravs.data.library.builder.speech import join_utterances
from ravs.data.library.builder.vorbis import decode_old_vorbis, encode_vorbis
from ravs.data.library.format import SAMPLE_RATE_HZ
from ravs.errors import DecodeError
from ravs.media import decode_mono

SVG_SIDE = "640"  # pixels of a rendered SVG, before it is cropped


def make_part(source: PartSource, folder: Path, masks: Path, tools: ExternalTools) -> bytes:
    """Make the content of a part.

    `how` of a source names special processing: "mask NAME", cut out a photograph; "play MANNER LOW HIGH", play a
    phrase on an instrument of a sound font; "speak GAP …", join utterances with these numbers of silent samples;
    "drive", play a loop at changing speed.

    Args:
        source: the part.
        folder: its package, unpacked.
        masks: folder of the masks of photographs.
        tools: render SVGs and sound fonts, and encode audio.

    Raises: DecodeError, UnavailableError.
    """
    if source.kind in ("sound", "ambient"):
        return encode_vorbis(normalize_level(samples_of(source, folder, tools)), tools)
    content = read_member(folder, source.source)
    if source.kind == "background":
        return make_background(content)
    if source.source.endswith((".svg", ".svgz")):
        size = ("--keep-aspect-ratio", "-w", SVG_SIDE, "-h", SVG_SIDE)
        content = tools.run("rsvg-convert", *size, given=content)
    operation, _, name = source.how.partition(" ")
    return make_cutout(content, (masks / name).read_bytes() if operation == "mask" else None)


def samples_of(source: PartSource, folder: Path, tools: ExternalTools) -> Mono:
    """A sound before its level is normalized."""
    operation, *values = source.how.split() or [""]
    if operation == "play":
        return shorten(play_phrase(source, folder, tools))
    contents = [read_member(folder, name) for name in expand_names(source.source)]
    if operation == "speak":
        gaps = [int(value) for value in values]
        try:
            return shorten(join_utterances(contents, gaps))
        except DecodeError:  # some voices are in a version of Vorbis that FFmpeg cannot decode
            return shorten(join_utterances([decode_old_vorbis(content, tools) for content in contents], gaps))
    if operation == "drive":
        return shorten(render_drive(contents[0], source.path))
    return decode_mono(contents[0], SAMPLE_RATE_HZ)
