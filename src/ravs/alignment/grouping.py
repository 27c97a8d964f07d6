"""DPC-KNN grouping under its public name; the code is in ravs.modeling.alignment.grouping."""

from ravs.modeling.alignment.grouping import dpc_knn

__all__ = ["dpc_knn"]
