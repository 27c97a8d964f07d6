"""Stand-ins for the process of a worker: by their names poison kills it, hang never ends, slow takes a while."""

import os
import signal
import time

from ravs.batch.video_task import serve


def serve_with_faults(connection, plan, model_sha256):
    """As `serve`, with the model."""
    from ravs.inference.segmenter import Segmenter

    windows = Segmenter.windows

    def harmful(self, path, settings, **choices):
        if path.name.startswith("poison"):
            os.kill(os.getpid(), signal.SIGKILL)
        if path.name.startswith("hang"):
            time.sleep(3600)
        if "slow" in path.name:
            time.sleep(8)
        return windows(self, path, settings, **choices)

    Segmenter.windows = harmful
    serve(connection, plan, model_sha256)


def serve_without_model(connection, plan, model_sha256):
    """Says at once what a process with a model would say."""
    from ravs.batch.status_table import StatusRow

    connection.send("ready")
    while True:
        video, _, attempt = connection.recv()
        if "poison" in video.address or ("once" in video.address and attempt == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        if "hang" in video.address:
            time.sleep(60)
        failed = "broken" in video.address
        status, error = ("failed", "cannot be decoded") if failed else ("done", "")
        connection.send(
            StatusRow(source=video.address, result=video.result, status=status, error=error, attempts=attempt)
        )


def serve_without_device(connection, plan, model_sha256):
    """No process can begin."""
    from ravs.errors import DeviceError

    connection.send(DeviceError("no CUDA"))
