import av

from ravs.media.codecs import _has_encoder, available_encoders, library_versions


def test_encoders_are_those_that_pyav_opens():
    assert available_encoders()["libx264"] == ("libx264" in av.codecs_available)
    assert not _has_encoder("no-such-encoder")


def test_versions_are_those_of_the_libraries():
    major = library_versions()["libavcodec"].split(".")[0]
    assert int(major) == av.library_versions["libavcodec"][0]
