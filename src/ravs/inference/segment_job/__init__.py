"""The job of `ravs segment`: many sources, one folder of results each, nothing done twice."""
