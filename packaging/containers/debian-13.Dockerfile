# docker build -f packaging/containers/debian-13.Dockerfile -t wideep-opt . && docker run --rm wideep-opt
# Builds from the sources on debian:13 and runs there; scripts/run installs what is missing.
FROM debian:13 AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git && rm -rf /var/lib/apt/lists/*
COPY . /wideep-opt
RUN /wideep-opt/scripts/run --version && cmake --build /wideep-opt/build/release --target descriptions \
  && cmake --install /wideep-opt/build/release --prefix /usr/local --component program --strip

FROM debian:13
RUN apt-get update && apt-get install -y --no-install-recommends libfmt10 libnlopt0 libtbb12 libnettle8t64 libyaml-cpp0.8 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/ /usr/local/
WORKDIR /usr/local/share/doc/wideep-opt
ENTRYPOINT ["wideep-opt"]
CMD ["optimize", "-w", "configs/deepseek-v3-decode-h100-ib400.yaml"]
