# docker build -t unetflow . && docker run --rm -u $(id -u) -v "$PWD:/work" unetflow PIPELINE=phantom
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y make
COPY . /source
WORKDIR /source
RUN rm -rf build .deps.stamp && make package

FROM debian:12-slim
COPY --from=build /source/build/unetflow_*_amd64.deb /tmp/
RUN apt-get update && apt-get install -y --no-install-recommends /tmp/unetflow_*.deb && \
  rm -rf /tmp/unetflow_*.deb /var/lib/apt/lists/*
WORKDIR /work
ENTRYPOINT ["unetflow"]
