"""One part of the library out of the files of its package."""

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

DRAWN_SIDE = "640"  # pixels of a drawing that is made of lines, before it is cropped


def make_part(source: PartSource, folder: Path, masks: Path, programs: ExternalTools) -> bytes:
    """The content of a part.

    `how` of a source says what is made of its file, beside the usual: "mask NAME", a photograph is cut out;
    "play MANNER LOW HIGH", a phrase on an instrument of a sound font; "speak GAP …", utterances with these samples of
    silence between; "drive", a loop at changing speed.

    Args:
        source: the part.
        folder: its package, unpacked.
        masks: folder of the masks that photographs are cut out by.
        programs: for drawings made of lines, sound fonts and coding.

    Raises: DecodeError, UnavailableError.
    """
    if source.kind in ("sound", "ambient"):
        return encode_vorbis(normalize_level(samples_of(source, folder, programs)), programs)
    content = read_member(folder, source.source)
    if source.kind == "background":
        return make_background(content)
    if source.source.endswith((".svg", ".svgz")):
        size = ("--keep-aspect-ratio", "-w", DRAWN_SIDE, "-h", DRAWN_SIDE)
        content = programs.run("rsvg-convert", *size, given=content)
    word, _, name = source.how.partition(" ")
    return make_cutout(content, (masks / name).read_bytes() if word == "mask" else None)


def samples_of(source: PartSource, folder: Path, programs: ExternalTools) -> Mono:
    """A sound before it is levelled."""
    word, *values = source.how.split() or [""]
    if word == "play":
        return shorten(play_phrase(source, folder, programs))
    contents = [read_member(folder, name) for name in expand_names(source.source)]
    if word == "speak":
        gaps = [int(value) for value in values]
        try:
            return shorten(join_utterances(contents, gaps))
        except DecodeError:  # some voices are in a form of Vorbis that FFmpeg does not know
            return shorten(join_utterances([decode_old_vorbis(content, programs) for content in contents], gaps))
    return (
        shorten(render_drive(contents[0], source.path)) if word == "drive" else decode_mono(contents[0], SAMPLE_RATE_HZ)
    )
