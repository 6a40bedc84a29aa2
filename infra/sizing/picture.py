"""The simulated hour as a picture (SVG), the same for the same figures."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infra.sizing.hour import SECONDS, TICK
from infra.sizing.inputs import Figures
from infra.sizing.scenario import DRAWN, behind, courses

COLOURS = ("#8c96a3", "#2f81f7")
MINUTES = np.arange(TICK, SECONDS + 1, TICK) / 60


def draw(figures: Figures, path: Path) -> None:
    """Write the picture."""
    with mpl.rc_context({"svg.hashsalt": "hour", "svg.fonttype": "none", "font.size": 8, "axes.grid": True}):
        figure = Figure(figsize=(7.2, 7.6), layout="constrained")
        panels: Sequence[Axes] = figure.subplots(4, 1, sharex=True)
        told, late = courses(figures, DRAWN), behind(figures)
        panels[0].plot(MINUTES, told[0].course.load / 1e3, color="black", label="requests/s, thousands")
        for one, colour in zip(told, COLOURS, strict=True):
            name = f"HTTP concurrency {one.concurrency}"
            panels[0].plot(MINUTES, one.course.instances / 10, color=colour, label=f"instances, tens: {name}")
            panels[1].semilogy(MINUTES, one.course.p99 * 1e3, color=colour, label=f"p99, {name}")
            panels[1].semilogy(MINUTES, one.course.p50 * 1e3, color=colour, linestyle=":", label=f"p50, {name}")
            panels[2].semilogy(MINUTES, one.course.in_hand, color=colour, label=f"requests in hand, {name}")
        panels[3].plot(MINUTES, late.behind, color=COLOURS[1], label="decisions that are kept: the slowest partition")
        _label(panels)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _label(panels: Sequence[Axes]) -> None:
    for panel, name in zip(panels, ("load", "answers, ms", "in hand", "behind, s"), strict=True):
        panel.set_ylabel(name)
        panel.grid(alpha=0.3)
        panel.legend(fontsize=6, loc="upper center", bbox_to_anchor=(0.43, 1.0), framealpha=0.6)
    panels[-1].set_xlabel("minute")
