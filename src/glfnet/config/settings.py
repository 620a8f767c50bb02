"""Every setting, in one frozen section per room; `settings_page.py` reads them from TOML.

Every option carries a `source`: "paper" (stated in the GLFNet paper), "ancestor: ..." (the nearest published design) or
"ours". `glfnet describe` prints them; `docs/method.md` explains them.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import field_validator, model_validator

from glfnet.config.models import GLFNetSettings, ModelSettings
from glfnet.config.section import CUI, OURS, Section, option


class InputSettings(Section):
    """How flow maps become network input."""

    channels: tuple[str, ...] = option(("u", "v", "strain"), "ancestor: STSTNet, AM3F-FlowNet", "channels, in order")
    normalisation: Literal["min_max", "physical", "pixels"] = option(
        "min_max",
        "ancestor: STSTNet, HTNet",
        "how the maps of a store are read. min_max: each map stretched to 0..1; physical: per cent of the distance "
        "between the eyes, and of strain; pixels: as stored. The last two keep how strong a movement was",
        later=True,
    )
    centre: bool = option(True, OURS, "subtract each map's median from u and v, so that no movement is zero")
    scale: Literal["none", "deviation"] = option(
        "deviation",
        OURS,
        "deviation: divide each map by its standard deviation; none: values as they are, the default where "
        "normalisation is not min_max",
    )
    clip: float = option(
        0.0, OURS, "limit values to -clip..clip, in deviations, or in the maps' own unit unless scaled; 0 is off", ge=0
    )

    size: int = option(
        0, OURS, "average each map to this many rows and columns; 0 takes it as it is", later=True, ge=0, le=1024
    )

    @model_validator(mode="before")
    @classmethod
    def _keep_strength(cls, page: Any) -> Any:
        if not isinstance(page, Mapping) or page.get("normalisation") not in ("physical", "pixels"):
            return page
        if page.get("scale") == "deviation":
            raise ValueError(
                f"normalisation {page['normalisation']} keeps how strong a movement was, and scale deviation takes it "
                "out again; leave scale out, or set input.scale=none or input.normalisation=min_max"
            )
        return {"scale": "none", **page}


class LossSettings(Section):
    """What training minimises."""

    weighting: Literal["class_balanced", "none"] = option("class_balanced", "paper", "weights per class, or none")
    form: Literal["softmax", "sigmoid", "focal"] = option("softmax", CUI, "the loss that the weights multiply")
    beta: float = option(0.99, OURS, "0 weighs classes equally; towards 1 it is inverse frequency", ge=0, lt=1)
    gamma: float = option(2.0, CUI, "focusing strength of the focal form", ge=0)
    smoothing: float = option(
        0.0,
        "ancestor: Szegedy et al., CVPR 2016",
        "share of a target that goes to all classes alike",
        later=True,
        ge=0,
        lt=1,
    )
    logit_adjustment: float = option(
        0.0,
        "ancestor: Menon et al., ICLR 2021",
        "how many times the log of a class's share of the fold is added to its logit in training; 1 aims at UAR",
        later=True,
        ge=0,
    )
    units: float = option(
        0.0,
        OURS,
        "networks that learn classes also learn the action units, where a clip's are known, with this weight beside "
        "the classes' loss; 0 is off",
        later=True,
        ge=0,
        le=1000,
    )


class AugmentationSettings(Section):
    """Random changes of training maps, drawn anew each epoch."""

    flip: float = option(0.5, OURS, "probability of a left-right mirror, which also negates u", ge=0, le=1)
    shift: float = option(0.08, OURS, "largest shift, as a share of the map's side", ge=0, lt=1)
    rotation_degrees: float = option(8.0, OURS, "largest rotation of the map", ge=0, le=180)
    scale: float = option(0.1, OURS, "largest relative change of size", ge=0, lt=1)
    strength: float = option(0.3, OURS, "largest relative change of each channel's strength", ge=0, lt=1)
    mixup: float = option(0.4, "ancestor: mixup (Zhang et al., ICLR 2018)", "alpha of the Beta law; 0 is off", ge=0)


class TrainingSettings(Section):
    """How one fold is fitted."""

    epochs: int = option(25, OURS, "passes over the training fold; the last one is the one reported", ge=1, le=100_000)
    batch_size: int = option(64, OURS, "samples a step; the last batch is never one sample", ge=2, le=1_000_000)
    optimiser: Literal["adamw", "adam", "sgd"] = option("adamw", OURS, "update rule")
    learning_rate: float = option(3e-3, OURS, "largest learning rate", gt=0)
    weight_decay: float = option(0.05, OURS, "decoupled for adamw", ge=0)
    schedule: Literal["cosine", "constant"] = option("cosine", OURS, "learning rate over the epochs")
    average_weights: float = option(
        0.0, OURS, "share of the last epochs over which weights are averaged; 0 takes the last weights", ge=0, le=1
    )
    mirror_test: bool = option(True, OURS, "average the probabilities of a test map and its mirror image")
    members: int = option(1, OURS, "networks per fold and seed whose probabilities are averaged", ge=1, le=999)
    epoch_choice: Literal["fixed", "inner"] = option(
        "fixed", OURS, "inner: choose the number of epochs on some training subjects, then train on all of them"
    )
    inner_share: float = option(0.2, OURS, "share of the training subjects held out for epoch_choice inner", gt=0, lt=1)
    threads: int = option(
        1,
        OURS,
        "processor threads of one fold; the result may depend on it, never on the number of processes",
        ge=1,
        le=1024,
    )
    precision: Literal["float32", "bfloat16"] = option(
        "float32", OURS, "bfloat16: compute the forward pass in it, for networks too large for this machine"
    )
    watch_epochs: bool = option(
        True,
        OURS,
        "predict the held-out clips after each epoch, for the test-selected score that much published code reports; "
        "without, a run is a little faster and has no such score",
        later=True,
    )
    device: Literal["auto", "cpu", "cuda"] = option("auto", OURS, "auto takes a GPU where there is one")


class PretrainingSettings(Section):
    """What networks learn from made-up flow fields, which show no licensed face; see docs/fields.md."""

    fields: int = option(0, OURS, "made-up maps a network learns before real ones; 0 is off", later=True, ge=0)
    crop: Literal["any", "a", "b", "wide", "tight"] = option(
        "any", OURS, "where made-up faces lie in a map", later=True
    )
    learning_rate: float = option(3e-3, OURS, "largest learning rate on made-up maps", later=True, gt=0)
    then: Literal["all", "last_layer"] = option("all", OURS, "which weights the real maps change", later=True)
    beside: float = option(
        0.0,
        OURS,
        "share of each batch that is made-up maps, new ones each time, beside real ones",
        later=True,
        ge=0,
        lt=1,
    )


class ProtocolSettings(Section):
    """Which samples are trained on and which are held out."""

    task: Literal["classes", "action_units"] = option(
        "classes",
        "paper",
        "classes: one emotion class a clip; action_units: for each unit whether it is there",
        later=True,
    )
    units: tuple[int, ...] = option(
        (), OURS, "action units by number; none named: those in enough clips of enough people", later=True
    )
    name: Literal["cde", "sde", "lodo", "kfold", "subjects"] = option(
        "cde",
        "paper",
        "cde: leave one subject out over all databases; sde: within each database; lodo: leave one database out; "
        "kfold: k subject-disjoint parts; subjects: one fixed list of held-out subjects",
    )
    classes: Literal["three", "five", "seven"] = option(
        "three", "paper", "label set; five and seven are of one database each"
    )
    database: str | None = option(None, OURS, "use this database only")
    folds: int = option(5, OURS, "k of kfold", ge=2, le=100_000)
    subjects: tuple[str, ...] = option((), OURS, "held-out subjects of the protocol `subjects`, as database/name")

    @field_validator("name", mode="before")
    @classmethod
    def _two_kinds_of_loso(cls, name: Any) -> Any:
        if isinstance(name, str) and name.lower() == "loso":
            raise ValueError(
                "loso (leave one subject out) is what two protocols do: cde over all databases together, sde within "
                "each of them; name one of the two. With one database they are the same."
            )
        return name


class Settings(Section):
    """The whole page."""

    protocol: ProtocolSettings = ProtocolSettings()
    input: InputSettings = InputSettings()
    model: ModelSettings = GLFNetSettings()
    loss: LossSettings = LossSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    training: TrainingSettings = TrainingSettings()
    pretraining: PretrainingSettings = PretrainingSettings()
