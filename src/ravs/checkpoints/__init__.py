"""Model folders: find, summarize, convert authors' checkpoints. Shipped: `ravs-tiny`, and the weights of `aisfx`."""
