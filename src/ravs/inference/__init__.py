"""From a video to masks: processor, model over windows of seconds, postprocessing, and output files."""
