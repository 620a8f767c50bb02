"""Options of each network and classifier."""

from typing import Annotated, Literal

from pydantic import Field

from glfnet.config.section import AFF, CBAM, MANET, OURS, Section, option

CLASSICAL = ("majority", "prior", "logistic_regression", "rbf_svm")
"""Kinds of model that are not networks: they have no epochs, and no size to describe."""


class GLFNetSettings(Section):
    """The network of this package; see `model/glfnet.py`."""

    kind: Literal["glfnet"] = "glfnet"
    width: int = option(32, OURS, "channels of the stem and of both branches", ge=1, le=1024)
    depth: int = option(0, OURS, "residual blocks in the stem", ge=0, le=100)
    stem_size: Literal[3, 5, 7] = option(7, OURS, "side of the first convolution's kernel in pixels")
    stem_stride: Literal[1, 2, 4] = option(4, OURS, "stride of the first convolution")
    stem_relu: bool = option(
        False, OURS, "ReLU after the first convolution; without, the stem averages movement linearly"
    )
    global_attention: Literal["cbam", "gam", "self_attention", "none"] = option(
        "cbam", CBAM, "attention over the whole map; none passes the map on as it is"
    )
    local_block: Literal["unshared", "shared", "none"] = option(
        "unshared", MANET, "convolution and attention per region, with own or shared weights; none passes the map on"
    )
    grid: tuple[int, int] = option((2, 2), "paper", "rows and columns of non-overlapping regions")
    fusion: Literal["aff", "se", "sum", "concat"] = option("aff", AFF, "how global and local maps become one")
    reduction: int = option(4, AFF, "bottleneck factor r of every channel gate", ge=1, le=1024)
    head_grid: int = option(7, OURS, "the fused map is averaged to this many rows and columns", ge=1, le=1024)
    dropout: float = option(0.3, OURS, "dropout before the classifier", ge=0, lt=1)
    linear_path: bool = option(
        False, OURS, "beside the deep path, a linear one from the map itself to the classes", later=True
    )


class STSTNetSettings(Section):
    """Liong et al., FG 2019."""

    kind: Literal["ststnet"] = "ststnet"
    dropout: float = option(0.5, "ancestor: STSTNet, PyTorch port", "dropout before the classifier", ge=0, lt=1)


class OffApexNetSettings(Section):
    """Gan et al., Signal Processing: Image Communication 2019; takes u and v only."""

    kind: Literal["off_apexnet"] = "off_apexnet"


class HTNetSettings(Section):
    """Wang et al., Neurocomputing 2024."""

    kind: Literal["htnet"] = "htnet"


class PlainCNNSettings(Section):
    """A small conventional network: what attention must beat."""

    kind: Literal["plain_cnn"] = "plain_cnn"
    width: int = option(16, OURS, "channels of the first block; doubled twice", ge=1, le=1024)
    dropout: float = option(0.3, OURS, "dropout before the classifier", ge=0, lt=1)


class MajoritySettings(Section):
    """Always answers the class that is most frequent in training."""

    kind: Literal["majority"] = "majority"


class PriorSettings(Section):
    """Always answers the class frequencies of training."""

    kind: Literal["prior"] = "prior"


class LogisticSettings(Section):
    """Regularised logistic regression on the flow map."""

    kind: Literal["logistic_regression"] = "logistic_regression"
    c: float = option(1e-3, OURS, "inverse strength of the L2 penalty", gt=0)


class SVMSettings(Section):
    """RBF support vector machine on the flow map."""

    kind: Literal["rbf_svm"] = "rbf_svm"
    c: float = option(1.0, OURS, "inverse strength of the penalty", gt=0)


ModelSettings = Annotated[
    GLFNetSettings
    | STSTNetSettings
    | OffApexNetSettings
    | HTNetSettings
    | PlainCNNSettings
    | MajoritySettings
    | PriorSettings
    | LogisticSettings
    | SVMSettings,
    Field(discriminator="kind"),
]
