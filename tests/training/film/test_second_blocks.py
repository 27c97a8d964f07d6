"""Seconds that are kept: what was asked for, and the frozen encoder's vector of it."""

from types import SimpleNamespace

import numpy as np
import torch

from ravs.data.composition.film.sound_material import SoundMaterial
from ravs.training.film.block_files import blocks_of
from ravs.training.film.film_sources import FilmSources, open_start
from ravs.training.film.frame_blocks import ObjectInView
from ravs.training.film.second_blocks import (
    SecondRequest,
    Seconds,
    SecondWork,
    clean_requests,
    draw_requested,
    pair_requests,
    read_seconds,
)


def frames_with(*classes):
    """Frames of these classes each."""
    return SimpleNamespace(objects=[[ObjectInView(name, 0.1, 0.5) for name in names] for names in classes])


def test_clean_seconds_are_of_each_original_as_often(library):
    requests = clean_requests(SoundMaterial(library, 16_000), 2)
    assert len(requests) == 2 * (3 + 2 + 1 + 2)
    assert requests[:2] == (SecondRequest(("bell",), "sounds/bell/train0.wav"),) * 2


def test_a_clean_second_is_its_recording_and_nothing_else(library):
    material = SoundMaterial(library, 16_000)
    request = SecondRequest(("horn",), "sounds/horn/train1.wav")
    second = draw_requested(request, material, np.random.default_rng(0))
    assert second.sources == (("horn", "sounds/horn/train1.wav"),)
    spectrum = np.abs(np.fft.rfft(second.waveform))
    assert 460 * np.exp(-0.15) - 1 <= spectrum.argmax() <= 460 * np.exp(0.15) + 1


def test_pairs_are_of_classes_in_view_together_one_and_half_as_many_as_frames_up_to_a_limit(library):
    frames = frames_with(*[("horn", "bell", "kettle")] * 5, ("drum", "bell"), ("drum",))
    material = SoundMaterial(library, 16_000)
    requests = pair_requests(frames, ("bell", "horn", "drum"), material, 12)
    assert requests == (SecondRequest(("bell", "drum")),) + (SecondRequest(("bell", "horn")),) * 3
    assert len(pair_requests(frames, ("bell", "horn", "drum"), material, 2)) == 1 + 2


def test_a_vector_is_the_encoders_token_without_the_panorama(library_root, photos_root, trained, tmp_path, monkeypatch):
    sources = FilmSources(library_root, photos_root, trained / "start")
    blocks = blocks_of(tmp_path, 3, 2)
    work = SecondWork(sources, (SecondRequest(("bell",)),) * 3, seed=0, stream=0)
    for block in blocks:
        work(block)
    seconds = read_seconds(blocks)
    encoder = open_start(sources.start).audio_encoder
    assert seconds.vectors.shape == (3, encoder.channels - 24)
    assert seconds.heard() == [("bell",)] * 3
    with torch.no_grad():
        labels = encoder.label_head(seconds.vectors[:, : encoder.part_channels["vector"]])
    torch.testing.assert_close(seconds.vectors[:, encoder.part_channels["vector"] :], labels)


def test_what_is_heard_is_sorted_and_named_once():
    sources = [(("horn", "a"), ("bell", "b")), (), (("bell", "a"), ("bell", "b"))]
    assert Seconds(torch.zeros(3, 1), sources).heard() == [("bell", "horn"), (), ("bell",)]
