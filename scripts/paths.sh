# Read by the other scripts: where things are. Sets the working directory to the top of the repository.

cd "$(dirname "$0")/.."
root=$PWD

target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$root/$target ;; esac

# The console's files, which server/build.rs embeds.
export GATEHOUSE_SITE_DIR="${GATEHOUSE_SITE_DIR:-$target/site}"

# Tools that take minutes to compile are kept outside the repository, by version.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/gatehouse/tools

# The program and the crate refuse to work together unless their versions are equal.
wasm_bindgen_version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
wasm_bindgen=$tools/wasm-bindgen-$wasm_bindgen_version/bin/wasm-bindgen

cargo_deny_version=0.20.2
cargo_deny=$tools/cargo-deny-$cargo_deny_version/bin/cargo-deny

node_tools=$root/scripts/node_modules/.bin

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "error: $*"
    exit 1
}
