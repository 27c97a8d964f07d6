"""Outputs for people and players: timelines as CSV, WebVTT and RTTM, and the overlay video."""
