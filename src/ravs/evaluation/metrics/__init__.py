"""The metrics of the field, each protocol by its name: frames are counted and added up, ratios taken at the end."""
