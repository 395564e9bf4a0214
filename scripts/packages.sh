# Debian 12 packages of this project; sourced by the other scripts.
BUILD_PACKAGES=(g++ cmake ninja-build libcli11-dev libyaml-cpp-dev libnlopt-dev libnlopt-cxx-dev
  libfast-float-dev libfmt-dev nlohmann-json3-dev libeigen3-dev libboost-dev libtbb-dev nettle-dev pkgconf doctest-dev)
CLANG_PACKAGES=(clang libclang-rt-dev llvm)
PYTHON_PACKAGES=(python3-dev pybind11-dev)
CI_PACKAGES=(clang-format clang-tidy ccache gcovr libbenchmark-dev python3-yaml python3-jsonschema
  python3-pandas shellcheck zsh fish locales valgrind)

# What the live page is built and tested with: a compiler for WebAssembly, whose packages have the
# release's number in their names, node, npm and a browser.
page_packages() {
  local release
  release=$(apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -1)
  echo clang lld wasi-libc "libc++-$release-dev-wasm32" "libc++abi-$release-dev-wasm32" \
    "libclang-rt-$release-dev-wasm32" nodejs
  command -v npm >/dev/null || echo npm
}

# Installs those of the named packages that are missing, as root or with sudo. Says what it does;
# says and does nothing when all are there.
install_missing() {
  local missing=() package
  for package in "$@"; do
    if [[ $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) != "install ok installed" ]]; then
      missing+=("$package")
    fi
  done
  (( ${#missing[@]} == 0 )) && return
  local as_root=()
  if (( EUID != 0 )); then
    if ! command -v sudo >/dev/null; then
      echo "These packages are missing, and neither root nor sudo is at hand: ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing with apt-get: ${missing[*]}" >&2
  # A lock held by another installation is waited for; an old package list is renewed.
  "${as_root[@]}" apt-get update -qq >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" >/dev/null
}

# Runs a command that is only of interest when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    echo "failed: $*" >&2
    return 1
  fi
  rm -f "$log"
}
