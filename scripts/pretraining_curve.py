"""What networks gain from made-up flow fields: none of them, a thousand, ten thousand and more, in several ways.

    python scripts/pretraining_curve.py FLOWS.npz OUT --crop b

Each network is evaluated on eight subject-disjoint parts of the development subjects, with several seeds. What has
learnt from made-up maps learns the real ones more slowly and for fewer epochs than what begins with nothing, or it
would forget them; how much so is the same for all. Stopped, it goes on where it was. Prints the table of
docs/fields.md.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from results_table import SCOPES, ends, mean, number

from glfnet.evaluation.evaluate import evaluate
from glfnet.samples.read import read_flow_set
from glfnet.settings_page import read_settings

PARTS = 8
CLIP = 3.0  # deviations, as in the weights that were trained on fields alone
AFTER = {"epochs": 10, "learning_rate": 1e-3}

WAYS: dict[str, tuple[dict[str, object], dict[str, object]]] = {  # options of pretraining and of training
    "before": ({}, AFTER),
    "before, last layer only": ({"then": "last_layer"}, AFTER),
    "before and beside": ({"beside": 0.5}, AFTER),
}


def cells(networks: list[str], counts: list[int]) -> Iterator[tuple[str, str, int, dict[str, dict[str, object]]]]:
    """Yield (network, way, fields, sections of the page) of every run."""
    for network in networks:
        yield network, "none", 0, {}
        yield network, "beside alone", 0, {"pretraining": {"beside": 0.5}}
        for way, (pretraining, training) in WAYS.items():
            for count in counts:
                yield network, way, count, {"pretraining": {"fields": count, **pretraining}, "training": training}


def parsed() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flows", type=Path, help="maps of the development subjects")
    parser.add_argument("out", type=Path, help="a folder for the runs")
    parser.add_argument("--crop", required=True, help="where the face lies in these maps")
    parser.add_argument("--networks", nargs="+", default=["glfnet", "plain_cnn", "ststnet"])
    parser.add_argument("--fields", nargs="+", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Make the runs, printing a row as each ends."""
    given = parsed()
    flow = read_flow_set(given.flows)
    print("| network | made-up maps | how many | UF1 | 95 % | UAR | UF1 SMIC | UF1 CASME II | UF1 SAMM |")
    print("|---|---|---:|---|---|---|---:|---:|---:|")
    for network, way, count, sections in cells(given.networks, given.fields):
        pretraining = {"crop": given.crop, **sections.get("pretraining", {})} if sections else {}
        page = read_settings(
            network,
            input={"clip": CLIP},
            protocol={"name": "kfold", "folds": PARTS},
            training=sections.get("training", {}),
            pretraining=pretraining,
        )
        name = f"{network}-{way.replace(', ', '-').replace(' ', '-')}-{count}"
        run = evaluate(flow, given.out / name, page, seeds=range(given.seeds), jobs=given.jobs, source=str(given.flows))
        scores = run.scores.fixed
        full = scores["full"]
        databases = [number(scores[scope].uf1.mean) if scope in scores else "-" for scope in SCOPES]
        row = (network, way, f"{count:,}", mean(full.uf1), ends(full.uf1), mean(full.uar), *databases)
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
