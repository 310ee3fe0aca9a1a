# The connector as an image, for the Airbyte platform and for anything else that runs containers.
#
#   docker build --tag airbyte/source-zendesk-support:dev .
#   docker run --rm --read-only --volume "$PWD:/data:ro" airbyte/source-zendesk-support:dev \
#       check --config /data/config.json
#
# Any base with Python 3.11 to 3.13 will do. Plain instructions only: every builder knows them.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

FROM ${BASE_IMAGE} AS build
USER root
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# What only builds stays in this stage. The connector's own environment has no pip in it.
COPY locks/build.txt ./locks/
RUN python -m venv tools \
    && tools/bin/pip install --require-hashes -r locks/build.txt \
    && python -m venv --without-pip /opt/connector

# Compiled without timestamps: at start nothing is compared and nothing is written.
COPY locks/runtime.txt ./locks/
RUN tools/bin/pip --python /opt/connector/bin/python install \
        --no-compile --only-binary :all: --require-hashes -r locks/runtime.txt \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/connector/lib

# The emulator is not copied, so its command goes too.
FROM build AS code
COPY pyproject.toml README.md LICENSE ./
COPY source_zendesk_support ./source_zendesk_support
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && tools/bin/pip --python /opt/connector/bin/python install --root /code \
        --no-compile --no-deps --no-index --no-warn-script-location dist/*.whl \
    && rm /code/opt/connector/bin/zendesk-emulator \
    && python -m compileall -q --invalidation-mode unchecked-hash -s /code /code/opt/connector/lib


FROM ${BASE_IMAGE}
ARG BASE_IMAGE
WORKDIR /airbyte/integration_code
# The dependencies come first: a change of the code leaves their layer as it is.
COPY --from=build /opt/connector /opt/connector
COPY --from=code /code/opt/connector /opt/connector

LABEL io.airbyte.name="airbyte/source-zendesk-support" \
      io.airbyte.version="6.1.0" \
      org.opencontainers.image.title="source-zendesk-support" \
      org.opencontainers.image.description="Airbyte-protocol source connector for Zendesk Support and Help Center" \
      org.opencontainers.image.version="6.1.0" \
      org.opencontainers.image.documentation="https://docs.airbyte.com/integrations/sources/zendesk-support" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"

# The platform starts what AIRBYTE_ENTRYPOINT names, everybody else the entry point.
ENV AIRBYTE_ENTRYPOINT="/opt/connector/bin/source-zendesk-support" \
    PATH="/opt/connector/bin:${PATH}"
# By number: a cluster that refuses root has to see that it is none.
USER 1000
ENTRYPOINT ["/opt/connector/bin/source-zendesk-support"]
