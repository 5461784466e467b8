"""Makes W&B's view of a project of ours: leaderboard over seeds, curves, samples, attention; or the same as a report.

PYTHONPATH=. python experiments/dashboard/workspace.py --entity ME
    A saved view of the project: runs grouped by job type (model) and by run.label (what seeds have in common), so that
    each row and each line is a mean over seeds, with its standard deviation.
    --report        a report in its place, with an introduction
    --group NAME    only runs of a sweep, as W&B calls it: curriculum/20261125-222354-548607
    --dry-run       print what would be sent; needs no key and no network
"""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from mmtg.app import report
from mmtg.errors import MISTAKE, InputError
from mmtg.logging.checks import has_key

LABEL = "run.label"
STEP = "trainer/global_step"
MODEL = "JobType"
FIGURES = (
    "test/bleu_2", "test/cider_d", "test/concept_recall", "test/distinct_2", "test/perplexity", "parameters",
    "time/fit_seconds", "test/seconds_per_sample",
)  # fmt: skip
CURVES = ("train/loss", "val/loss", "val/perplexity", "train/stage", "train/lr", "train/samples_per_second")
COLUMNS, ROWS = 3, 2
WIDE, TALL = 24, 16
"""Of a panel that takes a report's whole width, in W&B's units; its height."""


def bars(figures: Sequence[str]) -> list[Any]:
    """A bar chart for each final figure: the mean over seeds of each label, with its standard deviation."""
    import wandb_workspaces.reports.v2 as wr

    return [
        wr.BarPlot(
            title=f"{name}, mean over seeds",
            metrics=[wr.SummaryMetric(name)],
            groupby=wr.Config(LABEL),
            groupby_aggfunc="mean",
            groupby_rangefunc="stddev",
        )
        for name in figures
    ]


def curves(names: Sequence[str]) -> list[Any]:
    """A line chart for each figure of training, over optimizer steps."""
    import wandb_workspaces.reports.v2 as wr

    return [
        wr.LinePlot(
            title=name,
            x=STEP,
            y=[name],
            title_x="optimizer steps",
            title_y=name,
            groupby=wr.Config(LABEL),
            groupby_aggfunc="mean",
            groupby_rangefunc="stddev",
        )
        for name in names
    ]


def samples() -> list[Any]:
    """The table of test outputs."""
    import wandb_workspaces.reports.v2 as wr

    return [wr.WeavePanelSummaryTable(table_name="test/samples", layout=wr.Layout(w=WIDE, h=TALL))]


def attention() -> list[Any]:
    """Heat maps of mean attention, and the table of the same numbers."""
    import wandb_workspaces.reports.v2 as wr

    return [
        wr.MediaBrowser(title="attention: step, source", media_keys=["test/attention_map"], num_columns=COLUMNS),
        wr.WeavePanelSummaryTable(table_name="test/attention"),
    ]


def panels(given: argparse.Namespace) -> dict[str, list[Any]]:
    """All panels under their headings.

    Args:
        given: arguments of the command.

    Returns:
        Heading -> panels.
    """
    return {
        "Leaderboard": bars(given.figures),
        "Learning curves": curves(given.curves),
        "Samples": samples(),
        "Attention": attention(),
    }


def workspace(given: argparse.Namespace) -> Any:
    """The saved view.

    Args:
        given: arguments of the command.

    Returns:
        The workspace, not yet sent.
    """
    import wandb_workspaces.workspaces as ws
    from wandb_workspaces import expr

    layout = ws.SectionLayoutSettings(columns=COLUMNS, rows=ROWS)
    return ws.Workspace(
        entity=given.entity,
        project=given.project,
        name=given.title,
        sections=[
            ws.Section(name=name, panels=own, is_open=True, layout_settings=layout)
            for name, own in panels(given).items()
        ],
        settings=ws.WorkspaceSettings(x_axis=STEP, max_runs=given.runs),
        runset_settings=ws.RunsetSettings(
            filters=[expr.Metric("Group") == given.group] if given.group else "",
            groupby=[expr.Metric(MODEL), expr.Config(LABEL)],
            order=[expr.Ordering(expr.Summary(given.figures[0]), ascending=False)],
            pinned_columns=["run:displayName", *(f"summary:{name}" for name in given.figures)],
        ),
    )


def written_report(given: argparse.Namespace) -> Any:
    """The same as a report.

    Args:
        given: arguments of the command.

    Returns:
        The report, not yet sent.
    """
    import wandb_workspaces.reports.v2 as wr
    from wandb_workspaces import expr

    runs = wr.Runset(  # of the report's own project
        name=given.group or given.project,
        filters=[expr.Metric("Group") == given.group] if given.group else "",
        groupby=["run.jobType", f"config.{LABEL}"],
        order=[wr.OrderBy(wr.SummaryMetric(given.figures[0]), ascending=False)],
        pinned_columns=["run:displayName", *(f"summary:{name}" for name in given.figures)],
    )
    blocks: list[Any] = [
        wr.P("Rows and lines are means over seeds, bands and whiskers standard deviations. Figures: docs/metrics.md.")
    ]
    for heading, own in panels(given).items():
        blocks += [wr.H2(heading), wr.PanelGrid(runsets=[runs], panels=own)]
    return wr.Report(entity=given.entity, project=given.project, title=given.title, blocks=blocks, width="fluid")


def described(view: Any) -> str:
    """What is sent, as JSON.

    Args:
        view: workspace or report.

    Returns:
        The text.
    """
    model = view._to_model()
    return json.dumps(json.loads(model.spec.model_dump_json(by_alias=True, exclude_none=True)), indent=2)


def arguments(typed: Sequence[str]) -> argparse.Namespace:
    """The command's arguments.

    Args:
        typed: what was typed.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(description="Makes a W&B workspace, or a report, of a project of ours.")
    parser.add_argument("--entity", required=True, help="user or team that the project belongs to")
    parser.add_argument("--project", default="mmtg", help="as logger.wandb.project (%(default)s)")
    parser.add_argument("--title", default="Baselines", help="of the view (%(default)s)")
    parser.add_argument("--group", help="only runs of this group (default: all)")
    parser.add_argument("--figures", nargs="+", default=FIGURES, metavar="NAME", help="the first decides the order")
    parser.add_argument("--curves", nargs="+", default=CURVES, metavar="NAME", help="figures over optimizer steps")
    parser.add_argument("--runs", type=int, default=50, help="runs, or rows of groups, drawn at most (%(default)s)")
    parser.add_argument("--report", action="store_true", help="a report in place of a workspace")
    parser.add_argument("--dry-run", action="store_true", help="print what would be sent")
    return parser.parse_args(typed)


def main(typed: Sequence[str]) -> int:
    """Makes the view, or prints it.

    Args:
        typed: what was typed.

    Returns:
        The exit status.
    """
    given = arguments(typed)
    try:
        if find_spec("wandb_workspaces") is None:
            raise InputError("needs the package wandb-workspaces: pip install -e '.[workspace]'")
        if not given.dry_run and not has_key():
            raise InputError("needs a W&B key: wandb login, or WANDB_API_KEY; --dry-run prints what would be sent")
    except InputError as error:
        report(error)
        return MISTAKE
    view = written_report(given) if given.report else workspace(given)
    print(described(view) if given.dry_run else view.save().url)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
