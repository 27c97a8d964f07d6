"""Gradio's components for uploads, without their way of fetching addresses."""

from pathlib import Path
from typing import TypeVar

import gradio as gr

Upload = TypeVar("Upload", bound=gr.components.Component)


def local_files_only(component: Upload) -> Upload:
    """The component, which now takes uploads alone: an address would be fetched on a visitor's behalf.

    A subclass would be the plain way, but Gradio writes a stub file beside the module of each.
    """
    move = component.async_move_resource_to_block_cache

    async def move_file(url_or_file_path: str | Path | None) -> str | None:
        if "://" in str(url_or_file_path):
            raise gr.Error("this page fetches no addresses: load a file", print_exception=False)
        moved: str | None = await move(url_or_file_path)
        return moved

    component.async_move_resource_to_block_cache = move_file
    return component
