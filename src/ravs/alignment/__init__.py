"""Public name of grouping, `ravs.alignment.grouping.dpc_knn`; the code is in ravs.modeling.alignment."""
