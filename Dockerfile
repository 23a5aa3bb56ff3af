# The hub in a container: slim, non-root, for amd64 and arm64 alike. docs/docker.md says how to run
# it. No container engine was at hand where this was written, so the image has never been built.

FROM python:3.11.13-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/pommai
COPY requirements/run.txt requirements/run.txt
RUN /opt/pommai/bin/pip install --no-cache-dir --require-hashes --requirement requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY hub hub
COPY satellite satellite
COPY guardian_web guardian_web
COPY integrations integrations
RUN /opt/pommai/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11.13-slim-bookworm
RUN install --directory --mode=0700 --owner=10001 --group=10001 /data
COPY --from=build /opt/pommai /opt/pommai
ENV PATH=/opt/pommai/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    POMMAI_DATA=/data
USER 10001:10001
VOLUME /data
EXPOSE 8770
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('POMMAI_GUARDIAN__PORT', '8770') + '/health', timeout=3)"]
ENTRYPOINT ["pommai-hub"]
CMD ["run"]
