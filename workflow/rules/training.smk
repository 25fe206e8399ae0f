# `snakemake train`: every shipped model anew, from the folder that settings.training.data names.
