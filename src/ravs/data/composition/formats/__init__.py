"""Composed clips written in the formats of AVSBench-semantic and VPO."""
