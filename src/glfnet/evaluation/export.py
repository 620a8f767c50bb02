"""A protocol's clips, as the folders that other programs of this field read."""

from pathlib import Path

from glfnet.config.settings import ProtocolSettings
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.samples.flow_folder_writer import write_flow_folder
from glfnet.samples.flow_set import FlowSet


def export_flow_folder(
    flow: FlowSet, out: Path | str, settings: ProtocolSettings | None = None, *, train_copies: bool = True
) -> LabelledSet:
    """Write the clips that a protocol uses as a flow folder, which `read_flow_set` reads back.

    Args:
        flow: such as `read_flow_set` gives it, `min_max` maps.
        out: a new or empty folder; it is written whole or not at all, see `samples.flow_folder_writer`.
        settings: classes and database; the default is the composite database of MEGC2019 in three classes.
        train_copies: whether to write `u_train` too.

    Returns:
        What was written, with the names of the classes by their numbers; its exclusions name each clip that was not.

    Raises:
        ProtocolError: if the classes do not fit the data.
        SettingsError: if the maps have another scale.
        InputError: if `out` holds something or cannot be written, or names do not fit the layout.
    """
    data = label_samples(flow, settings or ProtocolSettings())
    write_flow_folder(Path(out), data.flow, data.truth.tolist(), train_copies=train_copies)
    return data
