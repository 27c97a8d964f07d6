"""`ravs convert`: converts an encoder's published checkpoint."""

from pathlib import Path
from typing import Annotated

import typer


def convert(
    encoder: Annotated[str, typer.Argument(help="mit-b5, pvt-v2-b5, vggish, htsat, aisfx or efficientnet-lite0")],
    source: Annotated[Path, typer.Argument(help="the authors' file, e.g. pvt_v2_b5.pth")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="file to write [ENCODER.safetensors]")] = None,
) -> None:
    """Convert an encoder's published checkpoint; missing or surplus weights are an error that names them."""
    from ravs.checkpoints.convert import convert as run

    done = run(encoder, source, out or Path(f"{encoder}.safetensors"))
    typer.echo(f"{done.target}: {done.tensors} tensors, {done.parameters / 1e6:.2f} M parameters of {done.encoder}")
