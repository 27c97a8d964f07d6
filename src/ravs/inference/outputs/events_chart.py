"""When each class sounds, as a picture: a row for each class, a bar for each event, over the time of the source."""

from PIL import Image, ImageDraw

from ravs.inference.outputs.overlay.style import font, overlay_color
from ravs.structures.clock import format_clock
from ravs.structures.prediction import Prediction

ROW_HEIGHT, MARGIN, TEXT_SIZE = 26, 12, 14  # pixels
TICK_STEPS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
MAX_TICKS = 8
BACKGROUND, RULE, TEXT = (255, 255, 255), (226, 232, 240), (30, 41, 59)


def events_chart(prediction: Prediction, width: int = 960) -> Image.Image:
    """The chart in RGB, `width` pixels wide; bars are paler the lower an event's score is."""
    events, source = prediction.events, prediction.source
    names = list(dict.fromkeys(event.name for event in events))
    first_s = float(source.get("start", 0.0))
    last_s = max(first_s + float(source["duration"]), *(event.end_s for event in events), first_s + 1e-3)
    left = 2 * MARGIN + round(max((font(TEXT_SIZE).getlength(name) for name in names), default=0))
    bottom = MARGIN + ROW_HEIGHT * len(names)
    image = Image.new("RGB", (width, bottom + ROW_HEIGHT + MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(image)

    def column(time_s: float) -> float:
        return left + (time_s - first_s) / (last_s - first_s) * (width - MARGIN - left)

    for tick_s in ticks(first_s, last_s):
        draw.line((column(tick_s), MARGIN, column(tick_s), bottom), fill=RULE)
        draw.text((column(tick_s), bottom + 4), format_clock(tick_s), TEXT, font(TEXT_SIZE), anchor="ma")
    for row, name in enumerate(names):
        middle = MARGIN + ROW_HEIGHT * (row + 0.5)
        draw.text((MARGIN, middle), name, TEXT, font(TEXT_SIZE), anchor="lm")
    for event in events:
        top = MARGIN + ROW_HEIGHT * names.index(event.name) + 5
        color = overlay_color(prediction.classes.index(event.name))
        paler = tuple(round(255 - (255 - channel) * (0.35 + 0.65 * event.score)) for channel in color)
        draw.rectangle((column(event.start_s), top, column(event.end_s), top + ROW_HEIGHT - 10), fill=paler)
    return image


def ticks(first_s: float, last_s: float) -> list[int]:
    """Round times between two others, at most MAX_TICKS and one."""
    step = next((step for step in TICK_STEPS_S if (last_s - first_s) / step <= MAX_TICKS), TICK_STEPS_S[-1])
    return list(range(-(-int(first_s) // step) * step, int(last_s) + 1, step))
