"""Model folders: found and summarized, authors' checkpoints converted; the shipped model lies beside this file."""
