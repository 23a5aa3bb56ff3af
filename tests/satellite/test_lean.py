"""What stands in for modules of which a toy needs little: it must do what they do, for whoever asks."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(program: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, as what is loaded already has nothing in its place."""
    return subprocess.run(
        [sys.executable, "-c", "from satellite import lean\n" + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import urllib.parse; print(urllib.parse.urlsplit('wss://toy:10700').port)", "10700"),
        ("from pathlib import Path; print(Path('/a b').as_uri())", "file:///a%20b"),
        ("import statistics; print(statistics.stdev([1, 3]) ** 2)", "2.0000000000000004"),
        ("from statistics import median; print(median([1, 9, 2]))", "2"),
        ("import platform; print(platform.system() == platform.uname().system)", "True"),
        ("from colorzero import Color; print(Color('red').html)", "#ff0000"),
        ("import colorzero; print(colorzero.NAMED_COLORS['lime'])", "#00ff00"),
        ("from ctypes.util import find_library; print(find_library('m'))", "libm.so.6"),
        ("import locale; print(locale.normalize('de_AT'))", "de_AT.ISO8859-1"),
        ("import gettext; print(gettext.NullTranslations().gettext('word'))", "word"),
        ("import ast; print(ast.literal_eval('[1]'))", "[1]"),
        (
            "import ast\nclass Names(ast.NodeVisitor):\n"
            "    def visit_Name(self, node): print(node.id); super().generic_visit(node)\n"
            "Names().visit(ast.parse('1 + pommai'))",
            "pommai",
        ),
        (
            "from zeroconf.asyncio import AsyncServiceBrowser; print(AsyncServiceBrowser.__name__)",
            "AsyncServiceBrowser",
        ),
        (
            "import inspect; from satellite.errors import SetupError\n"
            "print(inspect.getsource(SetupError).splitlines()[0])",
            "class SetupError(SatelliteError):",
        ),
        (
            "import subprocess; print(subprocess.check_output(['echo', 'ö'], text=True).strip())",
            "ö",
        ),
    ],
)
def test_who_wants_more_of_a_module_gets_the_whole_one(program: str, said: str) -> None:
    done = run(program)
    assert (done.stdout, done.stderr) == (f"{said}\n", "")


def test_what_a_toy_loads_is_content_with_the_few_names() -> None:
    done = run(
        "import os, sys\n"
        "os.environ['GPIOZERO_PIN_FACTORY'] = 'mock'\n"
        "few = {name for name, module in sys.modules.items() if type(module) is lean._Few}\n"
        "import satellite.arguments, satellite.toy, zeroconf\n"
        "satellite.gpio.RgbLamp()\n"
        "print({name for name in few if type(sys.modules[name]) is not lean._Few})"
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_what_is_not_installed_has_no_more_names() -> None:
    done = run("import sys; [getattr(module, 'else', None) for module in [*sys.modules.values()]]")
    assert (done.stdout, done.stderr) == ("", "")


def test_a_traceback_shows_the_line_that_failed() -> None:
    done = run("from satellite.pcm import bytes_for; bytes_for('ten', 16_000)")
    assert "return rate_hz * milliseconds // 1000 * SAMPLE_BYTES" in done.stderr


def test_the_reader_of_the_command_line_is_let_go_before_the_toy_begins() -> None:
    done = run(
        "import gc, sys\n"
        "from satellite.__main__ import main\n"
        "code = main(['run', '--mic', 'file:x'])\n"
        "gc.collect()\n"
        "print(code, [one for one in gc.get_objects() if isinstance(one, type) and one.__module__ == 'argparse'])"
    )
    assert done.stdout == "2 []\n"
