"""Experiments: tables of runs that differ in one thing each, trained and evaluated alike, several seeds a row."""
