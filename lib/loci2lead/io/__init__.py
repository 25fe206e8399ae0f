"""Readers and writers of standard formats, one module per format. No models, no stage logic."""
