"""`ravs demo`: what it refuses before anything starts. The page itself is tested in tests/app."""

import sys

import pytest

from ravs.cli.main import main


def test_without_gradio_it_says_what_to_install(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("ravs.app.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert main(["demo"]) == 2
    assert capsys.readouterr().err == "ravs: this needs gradio, which is not installed: pip install 'ravs[demo]'\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--port", "0"], "port is 0; it must lie between 1 and 65535"),
        (["--max-seconds", "0.5"], "max-seconds is 0.5; it must lie between 1 and 3600"),
        (["--max-size", "big"], "max-size is 'big'; it must be a number with kb, mb or gb, such as 200mb"),
        (["--queue", "0"], "queue is 0; it must be at least 1"),
    ],
)
def test_wrong_limits_are_refused_in_one_line(words, message, capsys):
    assert main(["demo", *words]) == 2
    assert capsys.readouterr().err == f"ravs: {message}\n"
