"""The metrics of the field, one class per protocol: frames are counted and added up, ratios taken at the end."""
