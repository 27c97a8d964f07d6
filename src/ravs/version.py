"""The version, as results and `ravs --version` state it."""

VERSION = "0.1.0"
