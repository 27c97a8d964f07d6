"""The page of `ravs demo`: a video goes in, and what sounds in it can be watched, changed, tested and taken away."""
