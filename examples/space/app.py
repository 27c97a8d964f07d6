"""The page of `ravs demo` as a Space of the Hugging Face hub, with tighter limits, since many share one machine."""

import os
import sys

from ravs.cli.main import main

PORT = os.environ.get("GRADIO_SERVER_PORT", "7860")
LIMITS = ["--max-seconds", "30", "--max-size", "50mb", "--queue", "10"]

if __name__ == "__main__":
    sys.exit(main(["demo", "--host", "0.0.0.0", "--port", PORT, *LIMITS]))
