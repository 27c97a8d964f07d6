"""What a check of a data set finds, in a form that is quick to compare."""

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.find_dataset import find_dataset


def problems(root):
    """Path below the root and kind of each problem."""
    return [(str(found.path.relative_to(root)), found.kind) for found in check_dataset(find_dataset(root)).problems]


def texts(root):
    """The text of each problem by its path below the root."""
    return {str(found.path.relative_to(root)): found.text for found in check_dataset(find_dataset(root)).problems}


def cut(path, share=0.6):
    """Leave the first part of a file."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
