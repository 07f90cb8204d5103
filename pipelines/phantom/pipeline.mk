# Synthetic EM-like images with exact labels, made by the phantom stage: needs nothing else.
shards ?= 2
source ?= $(work)/source/phantom.json
data:
	echo "PIPELINE=phantom makes its own images: nothing to fetch."
