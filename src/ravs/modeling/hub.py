"""Uploads a folder to a repository of the Hugging Face hub; a model card that is there already stays."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

CARD = "README.md"


def push_folder(
    save: Callable[[str], Any],
    repo_id: str,
    *,
    keep: Sequence[str] = (),
    commit_message: str = "Upload with ravs",
    commit_description: str | None = None,
    private: bool | None = None,
    token: str | bool | None = None,
    revision: str | None = None,
    create_pr: bool = False,
) -> str:
    """Upload what `save` writes into a folder. Returns the address of the commit.

    Args:
        save: called with the folder.
        repo_id: owner/name; the repository is made if there is none.
        keep: files that stay as they are where the repository has them, as a card does.
        commit_message, commit_description, revision, create_pr: of the commit.
        private: whether a new repository is private; None: as the owner's settings say.
        token: of the hub; None: that of `hf auth login`.
    """
    from huggingface_hub import HfApi  # imported here: rarely needed

    api = HfApi(token=token)
    repository = api.create_repo(repo_id, private=private, exist_ok=True).repo_id
    with TemporaryDirectory() as folder:
        save(folder)
        for name in (CARD, *keep):
            if api.file_exists(repository, name, revision=revision):
                (Path(folder) / name).unlink(missing_ok=True)
        commit = api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            commit_message=commit_message,
            commit_description=commit_description,
            revision=revision,
            create_pr=create_pr,
        )
    return str(commit)
