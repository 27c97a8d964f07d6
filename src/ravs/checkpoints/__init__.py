"""Model folders: find, summarize, convert. Shipped: `ravs-film` (with YAMNet), `ravs-tiny`, the weights of aiSFX."""
