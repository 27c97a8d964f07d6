"""Single frames that look like film, with instance maps: photographs, and cut-outs in them without a visible edge."""
