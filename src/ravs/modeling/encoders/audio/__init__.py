"""Audio encoders and their log-mel front ends."""
