"""Any tool's masks against the truth, file by file: no model, and no torch."""
