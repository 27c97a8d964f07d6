"""The page as Gradio builds it: what to load, what is shown, and which handler is called when."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from ravs.app.demo_model import Progress
from ravs.app.downloads import DOWNLOADS
from ravs.app.example_clips import EXAMPLES, example_clip
from ravs.app.handlers import Handlers, View
from ravs.app.local_files import local_files_only
from ravs.app.sound_changes import SOUND_CHANGES
from ravs.errors import RavsError

STATIC = Path(__file__).parent / "static"
PLAYER_SCRIPTS = ("marks.js", "timeline.js", "player.js")  # one function for Gradio
SWEEP_S, UPLOADS_KEPT_S = 60, 900  # Gradio's own copies of uploads; a visit has a copy of its own
INPUT_HEIGHT = 260  # pixels
PROGRESS = gr.Progress()  # Gradio puts a page's own in its place
TITLE = "RAVS: which pixels make the sound"
INTRODUCTION = """# Which pixels make the sound?
Load a video with sound: what sounds in it is marked and named, second by second, for the first {max_s:g} seconds. It is
deleted when this page is closed."""
LISTENING = """## The listening test
Does the model listen, or does it mark what looks as if it could sound? Give the same frames another sound, and see
what is marked then."""


def build_page(handlers: Handlers) -> gr.Blocks:
    """The page around these handlers; `serve` launches it."""
    with gr.Blocks(title=TITLE, delete_cache=(SWEEP_S, UPLOADS_KEPT_S)) as page:
        gr.Markdown(INTRODUCTION.format(max_s=handlers.model.max_s))
        video = video_input(label="Video", elem_id="input", height=INPUT_HEIGHT)
        with gr.Row(elem_id="examples"):
            buttons = {title: gr.Button(title, size="sm", min_width=140) for title in EXAMPLES}
        status = gr.Markdown(elem_id="status", min_height=28)
        player = build_player(handlers)
        listening = build_listening_test(handlers, player, status)
        run = runner([player, status, listening], status)

        def load(file: str | None, request: gr.Request, progress: gr.Progress = PROGRESS) -> tuple[Any, ...]:
            return shown(lambda: handlers.load(visitor_of(request), path_of(file), shown_on(progress)))

        def load_example(title: str, request: gr.Request, progress: gr.Progress = PROGRESS) -> tuple[Any, ...]:
            return shown(lambda: handlers.load_example(visitor_of(request), title, shown_on(progress)))

        for event in (video.upload, video.stop_recording):
            run(event, load, video).success(lambda: None, None, video, api_visibility="private")
        for title, button in buttons.items():
            run(button.click, load_example, gr.State(title))

        def leave(request: gr.Request) -> None:
            handlers.visits.end(visitor_of(request))

        page.unload(leave)
        offer_to_programs(handlers)
    return page


def video_input(**choices: Any) -> gr.Video:
    """An upload, or a recording of the webcam with its sound and as it is, which needs no conversion."""
    options = gr.WebcamOptions(mirror=False)
    return local_files_only(
        gr.Video(sources=["upload", "webcam"], include_audio=True, webcam_options=options, **choices)
    )


def build_player(handlers: Handlers) -> gr.HTML:
    """The player, whose value is what `Handlers` return."""

    def rerender(choices: dict[str, Any]) -> View:
        return handlers.rerender(choices)

    return gr.HTML(
        value=None,
        html_template=static("player.html"),
        css_template=static("player.css"),
        js_on_load="".join(static(name) for name in PLAYER_SCRIPTS),
        server_functions=[rerender],
        elem_id="player",
        downloads=[{"format": name, "what": what} for name, what in DOWNLOADS.items()],
    )


def build_listening_test(handlers: Handlers, player: gr.HTML, status: gr.Markdown) -> gr.Column:
    """Buttons that give the video another sound; shown when there is a video."""
    with gr.Column(visible=False, elem_id="listening-test") as column:
        gr.Markdown(LISTENING)
        with gr.Row():
            buttons = {
                name: gr.Button(change.title, elem_id=f"listen-{name}", size="sm", min_width=140)
                for name, change in SOUND_CHANGES.items()
            }
        with gr.Row():
            example = gr.Dropdown(list(EXAMPLES), value=list(EXAMPLES)[1], label="Whose sound", elem_id="other-sound")
            upload = local_files_only(
                gr.UploadButton("The sound of a file", file_types=["video", "audio"], elem_id="other-file")
            )
    run = runner([player, status, column], status)

    def listen(change: str, title: str, request: gr.Request, progress: gr.Progress = PROGRESS) -> tuple[Any, ...]:
        return shown(lambda: handlers.listen(visitor_of(request), change, example_clip(title), shown_on(progress)))

    def listen_to_file(file: str | None, request: gr.Request, progress: gr.Progress = PROGRESS) -> tuple[Any, ...]:
        return shown(lambda: handlers.listen(visitor_of(request), "other", path_of(file), shown_on(progress)))

    for name, button in buttons.items():
        run(button.click, listen, [gr.State(name), example])
    run(upload.upload, listen_to_file, upload)
    return column


def runner(outputs: list[Any], status: gr.Markdown) -> Callable[[Callable[..., Any], Callable[..., Any], Any], Any]:
    """A function that connects an event to what runs the model: one at a time, with a bar where the status is."""

    def connect(event: Callable[..., Any], function: Callable[..., Any], inputs: Any) -> Any:
        return event(
            function,
            inputs,
            outputs,
            show_progress_on=status,
            concurrency_id="model",
            concurrency_limit=1,
            api_visibility="private",
        )

    return connect


def offer_to_programs(handlers: Handlers) -> None:
    """The function `segment` for programs and agents: a video in, the document out. People do not see it."""

    def segment(video: str | None, progress: gr.Progress = PROGRESS) -> str:
        """Finds which pixels of a video make its sound. Returns the JSON document that `ravs segment -f json` writes.

        Args:
            video: a video with sound, uploaded before.
        """
        with messages_on_page():
            return handlers.document(path_of(video), shown_on(progress))

    trigger, document = gr.Button(visible=False), gr.Textbox(visible=False)
    video = video_input(visible=False)
    trigger.click(segment, video, document, api_name="segment", concurrency_id="model")


def shown(view: Callable[[], View]) -> tuple[Any, ...]:
    """What the player, the status and the listening test are given after a run."""
    with messages_on_page():
        return view(), "", gr.update(visible=True)


@contextmanager
def messages_on_page() -> Iterator[None]:
    """A user's mistake becomes a message on the page; anything else is a bug, and stays one."""
    try:
        yield
    except RavsError as error:
        raise gr.Error(str(error), duration=None, print_exception=False) from error


def shown_on(progress: gr.Progress) -> Progress:
    """A function that moves the page's bar."""

    def report(done: int, expected: int, text: str) -> None:
        progress((done, expected), desc=text, unit="masks")

    return report


def path_of(file: str | None) -> Path:
    """The path of an upload. Raises: gr.Error where there is none."""
    if file is None:
        raise gr.Error("load a file first", print_exception=False)
    return Path(file)


def visitor_of(request: gr.Request) -> str:
    """Who a request is from: Gradio's name for one opening of the page."""
    return str(request.session_hash)


def static(name: str) -> str:
    """A text file of the page."""
    return (STATIC / name).read_text(encoding="utf-8")
