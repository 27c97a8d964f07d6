"""Model folders: find, summarize, convert authors' checkpoints. Shipped: `ravs-film` (with aiSFX) and `ravs-tiny`."""
