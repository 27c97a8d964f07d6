"""What files of scores hold, read by several threads."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import numpy as np

from ravs.evaluation.scoring.prediction_files import load_array


def test_one_thread_at_a_time_reads_the_header_of_an_array(tmp_path, monkeypatch):
    load, reading = np.load, []

    def read(path, **more):
        reading.append(path)
        assert len(reading) == 1
        sleep(0.001)
        array = load(path, **more)
        reading.remove(path)
        return array

    monkeypatch.setattr(np, "load", read)
    paths = [tmp_path / f"{number}.npy" for number in range(8)]
    for number, path in enumerate(paths):
        np.save(path, np.full((2, 3), number))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(load_array, paths))
    assert [int(array[0, 0]) for array in found] == list(range(8))
