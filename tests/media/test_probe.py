"""Headers that are not to be believed."""

from fractions import Fraction

import av
import numpy as np

from ravs.media import probe


def test_dv_has_the_rate_of_its_frames_not_of_its_stamps(tmp_path):
    with av.open(str(tmp_path / "a.dv"), "w") as container:
        video = container.add_stream("dvvideo", rate=25)
        video.width, video.height, video.pix_fmt = 720, 576, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=48000, layout="stereo")
        for index in range(4):
            container.mux(
                video.encode(av.VideoFrame.from_ndarray(np.full((864, 720), 128, np.uint8), format="yuv420p"))
            )
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 1920), np.int16), format="s16", layout="stereo")
            sound.sample_rate, sound.pts = 48000, 1920 * index
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
    assert probe(tmp_path / "a.dv").rate == Fraction(25)
