"""Sound-guided alignment: grouping (eq. 3-4), cross-attention (5), merging (6-7), the contrastive loss (8-9)."""
