#!/bin/sh
VERSION=1.26.4
# pip install not-this
echo "pip install not-this" # nor this
if [ -n "$GPU" ]; then
  pip install numpy==$VERSION pandas>=2
fi
cat > notes.txt <<END
pip install not-this
END
