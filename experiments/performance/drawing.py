"""What the pictures of this folder have in common."""

from typing import Any

FOR_LEGEND = 3
AROUND = 1.6


def finished(panel: Any, *, legend: bool) -> None:
    """Readable numbers on logarithmic axes, room around the points and for a legend."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    low, high = panel.get_ylim()
    panel.set_ylim(low / AROUND, high * (FOR_LEGEND if legend else AROUND))
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"))
    panel.tick_params(axis="x", rotation=30)
    panel.spines[["top", "right"]].set_visible(False)
    if legend:
        panel.legend(fontsize=8, loc="upper left", frameon=False)
