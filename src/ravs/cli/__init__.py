"""The command line: one file per verb, which parses, calls one package and prints."""
