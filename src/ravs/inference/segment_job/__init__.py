"""The job behind `ravs segment`: many sources, one result folder each, finished work skipped."""
