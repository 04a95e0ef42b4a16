"""Makes one brand colour readable in light and dark, by the contrast formula of WCAG 2.2. No I/O."""

from __future__ import annotations

from functools import lru_cache

LIGHT = (255, 255, 255)
DARK = (22, 24, 29)
ENOUGH = 4.5

Rgb = tuple[int, int, int]


def parse(colour: str) -> Rgb:
    """#rrggbb as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def written(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def contrast(one: Rgb, other: Rgb) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=64)
def readable(accent: str, *, dark: bool) -> str:
    """The accent, moved towards black or white only as far as text on that background needs."""
    background, towards = (DARK, LIGHT) if dark else (LIGHT, (0, 0, 0))
    colour = parse(accent)
    for step in range(21):
        mixed = _mix(colour, towards, step / 20)
        if contrast(mixed, background) >= ENOUGH:
            return written(mixed)
    return written(towards)


def ink(colour: str) -> str:
    """White or near-black, whichever reads better on `colour`."""
    on = parse(colour)
    return written(max((LIGHT, DARK), key=lambda text: contrast(text, on)))


def _mix(colour: Rgb, towards: Rgb, share: float) -> Rgb:
    red, green, blue = (
        round(own + (other - own) * share) for own, other in zip(colour, towards, strict=True)
    )
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
