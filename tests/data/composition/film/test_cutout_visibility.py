import numpy as np

from ravs.data.composition.film.cutout_visibility import cutout_visibility
from ravs.data.composition.scene import PlacedObject


def test_visibility_is_that_of_squares_worked_out_by_hand(film_library):
    def square(x, y, side):
        return PlacedObject(class_name="sheep", class_index=3, cutout="sheep.png", side=side, x=x, y=y)

    # 0.6 wide and 0.5 high
    far, near = square(0.5, 0.5, 0.6), square(0.8, 0.5, 0.6)
    shares = np.array(cutout_visibility([far, near, square(0.0, 0.0, 0.3)], film_library, 240))
    # half of the farther one is covered, a sixth of the nearer one is outside; the third is at a corner
    np.testing.assert_allclose(shares, [[1, 0.5], [5 / 6, 1], [1 / 4, 1]], atol=0.02)
