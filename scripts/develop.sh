#!/usr/bin/env bash
# Every run of docs/measurements.md: the 46 development subjects, both renditions of the flow maps.
#
#   scripts/develop.sh FLOWS OUT [JOBS]
#
# FLOWS holds norm_u_v_os (rendition a) and norm_u_v_os_b (rendition b); each run goes to OUT/<rendition>-<name>.
# Stop it at any moment and call it again: finished folds are kept.
set -euo pipefail
flows=$1 out=$2 jobs=${3:-2}

run() { # rendition, name, seeds, further options
  local data=$flows/norm_u_v_os rendition=$1 name=$2 seeds=$3
  if [ "$rendition" = b ]; then data=$flows/norm_u_v_os_b; fi
  glfnet evaluate "$data" --seeds "$seeds" --jobs "$jobs" --out "$out/$rendition-$name" "${@:4}"
}

for rendition in a b; do
  run $rendition majority 1 --recipe majority
  run $rendition prior 1 --recipe prior
  run $rendition logistic_regression 1 --recipe logistic_regression # no randomness: further seeds give the same
  run $rendition rbf_svm 1 --recipe rbf_svm
  run $rendition glfnet 5
  run $rendition plain_cnn 3 --recipe plain_cnn
  run $rendition ststnet 3 --recipe ststnet
  run $rendition off_apexnet 3 --recipe off_apexnet
done
run b no-global-attention 3 --set model.global_attention=none
run b no-local-block 3 --set model.local_block=none
run b concat 3 --set model.fusion=concat
run b cross-entropy 3 --set loss.weighting=none

# The authors train 800 epochs; 28 are what an hour of one core allows, so both renditions take an hour on two.
for rendition in a b; do
  run $rendition htnet 1 --recipe htnet --set training.epochs=28 --set training.precision=bfloat16
done
