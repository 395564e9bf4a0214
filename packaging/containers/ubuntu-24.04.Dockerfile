# docker build -f packaging/containers/ubuntu-24.04.Dockerfile -t wideep-opt . && docker run --rm wideep-opt
# Builds from the sources on ubuntu:24.04 and runs there; scripts/run installs what is missing.
FROM ubuntu:24.04 AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git && rm -rf /var/lib/apt/lists/*
COPY . /wideep-opt
RUN /wideep-opt/scripts/run --version && cmake --build /wideep-opt/build/release --target descriptions \
  && cmake --install /wideep-opt/build/release --prefix /usr/local --component program --strip

FROM ubuntu:24.04
RUN apt-get update && apt-get install -y --no-install-recommends libfmt9 libnlopt0 libtbb12 libnettle8t64 libyaml-cpp0.8 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/ /usr/local/
WORKDIR /usr/local/share/doc/wideep-opt
ENTRYPOINT ["wideep-opt"]
CMD ["optimize", "-w", "configs/deepseek-v3-decode-h100-ib400.yaml"]
