"""Picture and sound encoders: four stages one at a time, and one second of sound to audio tokens."""
