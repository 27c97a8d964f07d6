"""Visual and audio encoders: four stages that run one at a time, and one second of audio to audio tokens."""
