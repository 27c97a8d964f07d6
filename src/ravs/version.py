"""The version, as written to results and printed by `ravs --version`."""

VERSION = "0.1.0"
