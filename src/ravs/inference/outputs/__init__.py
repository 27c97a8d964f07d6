"""Output formats of a prediction: timelines, PNGs of uncertainty, and the overlay video."""
