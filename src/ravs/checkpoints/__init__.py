"""Model folders: find, summarize, convert authors' checkpoints. The shipped model is in `ravs-tiny`."""
