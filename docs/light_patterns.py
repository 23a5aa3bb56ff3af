"""Draws docs/img/light-patterns.svg from the toy's own patterns: `python -m docs.light_patterns`."""

from pathlib import Path
from typing import Final

from satellite.board.panel import PATTERNS, Colour, Pattern, State

PICTURE: Final = Path(__file__).parent / "img" / "light-patterns.svg"
SECONDS: Final = 6.0
MEANINGS: Final = {
    State.STARTING: "starting",
    State.IDLE: "ready",
    State.LISTENING: "listening: the microphone's sound leaves the toy",
    State.LISTENING_ON: "listening on: say more, and it leaves the toy",
    State.THINKING: "thinking",
    State.SPEAKING: "speaking",
    State.HUB_AWAY: "no hub",
    State.PAIRING: "pairing: it says its code",
    State.IDENTIFYING: "here I am: somebody asked on the hub's page",
    State.MUTED: "microphone muted",
    State.ERROR: "something is broken: pommai-satellite doctor",
}

_LEFT, _WIDTH, _ROW, _HEIGHT = 16, 480, 44, 28


def drawn() -> str:
    height = _ROW * len(MEANINGS) + 40
    rows = [_row(n, state, text) for n, (state, text) in enumerate(MEANINGS.items())]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}" '
            'font-family="system-ui, sans-serif" font-size="15" fill="#222">',
            f"  <title>The light of each state, over {SECONDS:g} seconds</title>",
            f'  <rect width="900" height="{height}" rx="12" fill="#fafaf7"/>',
            *rows,
            f'  <text x="{_LEFT}" y="{height - 12}" font-size="13">0 s</text>',
            f'  <text x="{_LEFT + _WIDTH}" y="{height - 12}" font-size="13" '
            f'text-anchor="end">{SECONDS:g} s</text>',
            "</svg>\n",
        ]
    )


def _row(number: int, state: State, text: str) -> str:
    y = 12 + number * _ROW
    name = f"p{number}"
    return (
        f'  <linearGradient id="{name}">{_stops(PATTERNS[state])}</linearGradient>\n'
        f'  <rect x="{_LEFT}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="url(#{name})"/>\n'
        f'  <text x="{_LEFT + _WIDTH + 16}" y="{y + 19}">{text}</text>'
    )


def _stops(pattern: Pattern) -> str:
    stops, at_s, before = [], 0.0, pattern[-1].colour
    while at_s < SECONDS:
        for step in pattern:
            stops.append(_stop(at_s, before if step.fades else step.colour))
            at_s += step.seconds
            stops.append(_stop(at_s, step.colour))
            before = step.colour
    return "".join(stops)


def _stop(at_s: float, colour: Colour) -> str:
    # On a screen an LED that is off is dark grey.
    red, green, blue = (round(40 + 215 * part) for part in colour)
    return f'<stop offset="{at_s / SECONDS:.4f}" stop-color="#{red:02x}{green:02x}{blue:02x}"/>'


if __name__ == "__main__":
    PICTURE.write_text(drawn())
