import numpy as np
import pytest

from ravs.modeling.encoders.audio.mel_filters import aisfx_filters, slaney_filters, vggish_filters


def test_the_filters_have_the_published_sums():
    assert vggish_filters().sum(dtype=np.float64) == pytest.approx(230.913599, abs=1e-4)
    assert not vggish_filters()[0].any()
    assert slaney_filters().sum(dtype=np.float64) == pytest.approx(2.048126, abs=1e-6)
    assert slaney_filters().max() == pytest.approx(0.018150, abs=1e-6)


def test_the_weights_of_each_band_of_aisfx_add_up_to_one_and_reach_over_the_two_next_bands():
    weights = aisfx_filters()
    assert weights.shape == (1025, 96)
    np.testing.assert_allclose(weights.sum(axis=0), 1, atol=1e-6)
    hertz = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 22_050 / 700), 98) / 2595) - 1)
    for band in range(96):
        bins = np.flatnonzero(weights[:, band]) * 22_050 / 1024
        assert hertz[band] < bins[0] and bins[-1] < hertz[band + 2]
