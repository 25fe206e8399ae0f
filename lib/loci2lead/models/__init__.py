"""Checkpoints, training loop, metrics, calibration: what the stages share about learning."""
