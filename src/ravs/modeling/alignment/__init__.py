"""Sound-guided alignment between visual stages: grouping (eq. 3-4), merging and remapping (eq. 5-7)."""
