"""Training data: where clips come from, splits, collators, samplers and caches."""
