"""The library of cut-outs, sounds and backgrounds that clips are composed from."""
