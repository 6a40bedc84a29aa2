"""How good a model is: tuned baselines, measures with intervals, canaries and the gates."""
