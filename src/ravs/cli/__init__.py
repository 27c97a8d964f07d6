"""The command line: one file a verb, which parses, calls one room and prints."""
