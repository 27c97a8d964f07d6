"""Time and memory of a method: its forward pass beside the bare visual encoder, and every part (verb `benchmark`)."""
