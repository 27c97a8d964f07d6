"""Class matching (ours): frozen encoders name what is in view and what is heard; a small head matches the two."""
