# Synthetic EM-like images with exact labels, made by the phantom stage: needs nothing else.
shards ?= 2
source ?= $(work)/source/phantom.json
