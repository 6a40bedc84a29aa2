#!/bin/sh
# Fetches the viewer of /api/docs, which the app serves itself: pages must work without a network.
# To take another version, change it here, run this, look at the page, and commit what changed.
set -eu

VERSION=9.3.8
TARGET=$PWD/functions/web/contract
TEMP=$(mktemp -d)
trap 'rm -rf "$TEMP"' EXIT

cd "$TEMP"
tar xzf "$(npm pack --silent "rapidoc@$VERSION")"
install -m 644 package/dist/rapidoc-min.js "$TARGET/rapidoc-min.js"
install -m 644 package/LICENSE.txt "$TARGET/rapidoc-LICENSE.txt"
install -m 644 package/dist/rapidoc-min.js.LICENSE.txt "$TARGET/rapidoc-parts-LICENSE.txt"
