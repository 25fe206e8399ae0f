# Built from the repository's root: docker build -f envs/gpu.Dockerfile -t loci2lead-gpu:0.1.0 .
# Not built where it was written (no container engine there); a test checks it against envs/gpu.txt.
# runs on NVIDIA GPUs through the container toolkit; torch from the registry brings its CUDA libraries.
FROM python:3.11.7-slim-bookworm
ARG PIP_FIND_LINKS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends bwa fastp libgomp1 minimap2 procps \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/loci2lead
COPY envs/gpu.txt envs/gpu.txt
RUN pip install "$(grep '^torch==' envs/gpu.txt)" && pip install -r envs/gpu.txt
COPY pyproject.toml README.md LICENSE ./
COPY lib lib
RUN pip install --no-deps --no-build-isolation . && useradd --create-home analyst
USER analyst
WORKDIR /work
CMD ["loci2lead", "doctor"]
